import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
type Manifest = Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
const KINDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

test("every dependency has its reason in docs/dependencies.md", () => {
  const folders = ["packages", "apps"].flatMap((group) =>
    readdirSync(`${ROOT}/${group}`).map((name) => `${group}/${name}`));
  const named = [".", "bench/peers", ...folders].flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(`${ROOT}/${folder}/package.json`, "utf8")) as Manifest;
    return KINDS.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  });
  const text = readFileSync(`${ROOT}/docs/dependencies.md`, "utf8");
  const missing = named.filter((name) => name !== "gradus" && !text.includes(`\`${name}\``));
  expect(named.length).toBeGreaterThan(10);
  expect(missing).toEqual([]);
});
