import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RandomStream } from "../vocab/random.ts";
import { runIn } from "./kill.fixture.ts";

const KILLS = 10;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-kill-"));
  await build({
    configFile: false, logLevel: "error", root: fileURLToPath(new URL("../..", import.meta.url)),
    ssr: { resolve: { conditions: ["@gradus/source", "node"] }, noExternal: true },
    build: {
      ssr: fileURLToPath(new URL("kill.fixture.ts", import.meta.url)), outDir: join(folder, "program"), minify: false,
      target: "node20", rolldownOptions: { output: { entryFileNames: "run.mjs" }, external: ["koffi"] },
    },
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the program until it has made so many steps, then kills it at once; returns whether it was killed. */
function runUntilKilled(run: string, steps: number): Promise<boolean> {
  const program = spawn(process.execPath, [join(folder, "program", "run.mjs"), "--killable", run], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let made = 0;
  program.stdout.on("data", (text: Buffer) => {
    made += text.length;
    if (made >= steps) program.kill("SIGKILL");
  });
  return new Promise((resolve, reject) => {
    program.on("error", reject);
    program.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(signal === "SIGKILL");
      else reject(new Error(`the program ended with ${code ?? signal}`));
    });
  });
}

it("kill -9 at ten random moments, and the run goes on to the same losses, log and files, bit for bit", async () => {
  const stream = new RandomStream(7), whole = join(folder, "whole"), killed = join(folder, "killed");
  const expected = await runIn(whole);
  let kills = 0;
  while (kills < KILLS && await runUntilKilled(killed, 1 + stream.integer(3))) kills++;
  expect(kills).toBe(KILLS);
  // The rest, without a kill.
  expect(await runIn(killed)).toEqual(expected);
  expect(expected).toHaveLength(40);
  for (const file of ["log.csv", "last.safetensors", "best.safetensors"]) {
    expect(await readFile(join(killed, file)), file).toEqual(await readFile(join(whole, file)));
  }
});
