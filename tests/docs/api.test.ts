import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "./blocks.ts";

interface Entry {
  readonly name: string;
  readonly doc: string;
  readonly signature: string;
  readonly rows: readonly { readonly name: string; readonly doc: string }[];
}
interface Page {
  readonly page: string;
  readonly entries: readonly Entry[];
}
interface Api {
  undocumented(pages: readonly Page[]): readonly string[];
  render(pages: readonly Page[]): ReadonlyMap<string, string>;
  outdated(files: ReadonlyMap<string, string>): readonly string[];
}

describe("the reference in docs/api", () => {
  let api: Api, pages: readonly Page[], files: ReadonlyMap<string, string>;
  const tool = (name: string): Promise<unknown> => import(pathToFileURL(join(ROOT, "tools", name)).href);
  beforeAll(async () => {
    api = await tool("api.js") as Api;
    pages = (await tool("api-read.js") as { describe(): readonly Page[] }).describe();
    files = api.render(pages);
  });
  const entry = (page: string, name: string): Entry =>
    pages.find((one) => one.page === page)!.entries.find((one) => one.name === name)!;

  test("every public function, class and constant has a docstring", () => {
    expect(api.undocumented(pages)).toEqual([]);
    const without = pages.map(({ page, entries }) => ({
      page, entries: entries.map((one) => (one.name === "vmap" ? { ...one, doc: "" } : one)),
    }));
    expect(api.undocumented(without)).toEqual([expect.stringContaining("gradus: vmap (")]);
  });
  test("is what the source says: npm run api writes it", () => {
    expect(api.outdated(files)).toEqual([]);
    const changed = new Map(files).set("nn.md", "").set("new.md", "");
    changed.delete("F.md");
    expect([...api.outdated(changed)].sort()).toEqual(["F.md", "new.md", "nn.md"]);
  });
  test("shows constructors and members that are inherited from classes that are not public", () => {
    const norm = entry("nn", "BatchNorm2d");
    expect(norm.signature).toContain("new BatchNorm2d(channels: number, options?: RunningNormOptions)");
    expect(norm.rows.map(({ name }) => name)).toEqual(expect.arrayContaining(["weight", "running_mean", "forward"]));
    expect(norm.rows.map(({ name }) => name)).not.toContain("stateDict");
    expect(entry("gradus", "Tensor").rows.find(({ name }) => name === "grad")!.doc).toMatch(/^The gradient/);
  });
  test("every link leads to a heading or a file", () => {
    const headings = new Set([...files].flatMap(([file, text]) =>
      [...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => `${file}#${name.toLowerCase()}`)));
    const lost = [...files].flatMap(([file, text]) => [...text.matchAll(/\]\(([\w.]*#\w+)\)/g)]
      .map(([, link]) => (link.startsWith("#") ? `${file}${link}` : link)).filter((link) => !headings.has(link)));
    expect(lost).toEqual([]);
  });
});
