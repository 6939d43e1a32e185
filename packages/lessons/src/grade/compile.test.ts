import { expect, test } from "vitest";
import { compile, firstFault, stripTypes, type SourceFault } from "./compile.ts";
import { enter, lineOf, Realm, TimeOver } from "./realm.ts";

const options = { modules: ["gradus"], name: "cell.ts" };
const realm = enter(new Realm());
realm.modules.set("gradus", { one: 1, two: 2 });
const load = (code: string): Promise<Record<string, unknown>> =>
  import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<Record<string, unknown>>;

test("types go, lines stay", () => {
  expect(
    stripTypes("type A = number;\nconst a: A = 1 satisfies A;\nfunction f<const T>(x: T): T { return x; }").split(
      "\n",
    ),
  ).toEqual(["", "const a = 1 ;", "function f(x) { return x; }"]);
});
test("a namespace is refused instead of dropped", () => {
  expect(() => stripTypes("let a = 1;\nexport namespace N { export const x = 1; }")).toThrow(
    expect.objectContaining({ name: "SourceFault", line: 2 }) as SourceFault,
  );
});
test("what is no TypeScript names its line", () => {
  expect(() => stripTypes("let a = 1;\nlet b = ;")).toThrow(/^Line 2 cannot be read: unexpected token/);
});
test("imports come from the realm, in as many lines", async () => {
  const { code, names } = compile(
    'import {\n  one,\n  two as zwei,\n} from "gradus";\nexport const sum: number = one + zwei;',
    options,
  );
  expect(code.split("\n")[4]).toBe("export const sum = one + zwei;");
  expect(names).toEqual(["one", "zwei", "sum"]);
  expect((await load(code)).sum).toBe(3);
  await expect(load(compile('import { three } from "gradus";\nthree();', options).code)).rejects.toThrow(
    '"gradus" exports nothing called three.',
  );
});
test("other modules are refused by name", () => {
  expect(() => compile('import fs from "node:fs";\nfs.x', options)).toThrow(
    'There is no module "node:fs" here; import from "gradus".',
  );
  expect(() => compile('import g from "gradus";\ng.x', options)).toThrow("has no default export");
});
test("names at the top, and those used from earlier cells", async () => {
  realm.scope.earlier = 5;
  const { code, names, uses } = compile(
    "const { p, q: [r, ...s], ...t } = earlier;\nlet f = (x) => x + later;\nclass K {}",
    { ...options, scope: ["earlier", "other"], publish: true },
  );
  expect(names).toEqual(["p", "r", "s", "t", "f", "K"]);
  expect(uses).toContain("earlier");
  expect(uses).toContain("later");
  expect(code.split("\n")[0]).toContain("let { earlier } = $gradus.scope; const { p");
  const second = compile("const twice = 2 * earlier;", { ...options, scope: ["earlier"], publish: true });
  expect((await load(second.code)).twice).toBe(10);
});
test("names of inner scopes are not asked of earlier cells", () => {
  const usesOf = (source: string): readonly string[] => compile(source, options).uses;
  expect(usesOf("for (let i = 0; i < 3; i++) { const y = i; }")).toEqual([]);
  expect(usesOf("const f = (x) => x * 2, g = function h(a, [b], { c }) { return a + b + c + h; };")).toEqual([]);
  expect(usesOf("const f = (x) => x * 2;\nf(x)")).toEqual(["x"]);
  expect(
    usesOf("const o = { m(p) { return p; } }; class K { n(q) { return q; } }\ntry { o; } catch (e) { e; }"),
  ).toEqual([]);
  expect(usesOf("{ const inside = 1; }\ninside")).toEqual(["inside"]);
});
test("the last expression is handed over with its line", async () => {
  const seen: unknown[] = [];
  const page = enter(
    new (class extends Realm {
      override value(line: number, value: unknown): unknown {
        seen.push([line, value]);
        return value;
      }
    })(),
  );
  page.modules.set("gradus", { one: 1 });
  await load(compile("const a = 1;\na + 1; // done", { ...options, last: "value" }).code);
  expect(seen).toEqual([[2, 2]]);
  expect(compile("const a = 1;", { ...options, last: "value" }).expression).toBe(false);
  enter(realm);
});
test.each([
  "let i = 0;\nwhile (true) i++;",
  "let i = 0;\nfor (;;) { i++; }",
  "let i = 0;\ndo i++; while (true);",
  "let i = 0;\nfor (const x of (function* () { for (;;) yield 1; })()) if (x) i++;",
])("a loop that never ends is stopped and named: %s", async (source) => {
  realm.start(0.02);
  const outcome = await load(compile(source, options).code).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(TimeOver);
  expect((outcome as Error).message).toBe("Stopped after 0.02 s: line 2 may never end. Your code is unchanged.");
});
test("nested loops without braces still do what they did", async () => {
  realm.start(10);
  const source =
    "export let n = 0;\nfor (let i = 0; i < 3; i++)\n  for (let j = 0; j < 4; j++)\n    if (j > 1) n++;\n" +
    "do n++; while (n < 10)\nouter: for (;;) while (true) break outer;\nfor (const k in { a: 1 }) { n += k.length; }";
  expect((await load(compile(source, options).code)).n).toBe(11);
});
test("an error's line is found in its stack", async () => {
  const error: unknown = await load(compile("const a = 1;\n\nnull.x;", options).code).catch((e: unknown) => e);
  expect(lineOf(error, "cell.ts")).toBe(3);
  expect(firstFault("let a = 1;\nlet b = (2;\n")).toBe(2);
  expect(firstFault("let a: number = 1;")).toBe(null);
});
