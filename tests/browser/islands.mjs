// A page with figures, cells and a lab, built for the tests of what is interactive in a lesson. It stands apart from
// the course, so that a lesson may change without breaking them.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vite";
import { sandboxPlugin } from "../../apps/studio/src/engine/sandbox-plugin.js";

const repository = resolve(import.meta.dirname, "../..");
const OUT = join(repository, "out/islands"),
  FIGURES = join(repository, "apps/studio/src/figure/fixtures");
const LAB = join(repository, "course/1-neural-networks/02-perceptron/labs/perceptron-rule");
const text = (name) => readFileSync(join(LAB, name), "utf8");
const escape = (code) => code.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const lab = () => ({
  id: "perceptron-rule",
  lesson: "perceptron",
  number: 1,
  meta: JSON.parse(text("meta.json")),
  task: "<p>Write <code>predict</code>, <code>update</code> and <code>train</code>.</p>",
  hints: ["<p>First hint.</p>", "<p>Second hint.</p>"],
  starter: text("starter.ts"),
  reference: text("reference.ts"),
  checks: text("checks.ts"),
});
const MODULES = {
  "virtual:course/figures": () =>
    `export default { "test/line": () => import(${JSON.stringify(join(FIGURES, "line.ts"))}) };`,
  "virtual:course/labs": () =>
    `const lab = ${JSON.stringify(lab())};\n` +
    'export default { "perceptron/perceptron-rule": async () => ({ default: lab }) };',
};
/** What the course's own build gives the pages. */
const coursePlugin = () => ({
  name: "course-of-the-tests",
  resolveId: (id) => (Object.hasOwn(MODULES, id) ? `\0${id}` : undefined),
  load: (id) => MODULES[id.slice(1)]?.(),
});

/** Cells of the page, in order. */
export const CELLS = {
  first:
    'import { tensor } from "gradus";\n\nconst x = tensor([1.5, -0.25, 0]);\n' +
    'console.log("sum", x.sum().itemSync());\nx',
  second: "x.mul(2).tanh()",
  data: 'import { loadDigits } from "gradus/data";\nconst { labels } = await loadDigits();\nlabels.length',
  matrix:
    'import { tensor } from "gradus";\nshow(tensor([[1, -2], [0, 4]]));\n' +
    'plot({ up: [1, 2, 3], down: [3, 2, 1] });\ntable([{ a: 1, b: 2 }]);',
  endless: "let i = 0;\nwhile (true) {\n  i++;\n}",
  stuck: 'const text = "a".repeat(40) + "!";\n/^(a+)+$/.test(text);',
  thrower: "const fine: number = 1;\n\nnull!.nothing;",
  syntax: "const a = 1;\nconst b = ;",
  network: `const tries = {};
tries.fetch = await fetch("https://example.org/").then(() => "reached", () => "refused");
tries.own = await fetch(ORIGIN).then(() => "reached", () => "refused");
tries.socket = await new Promise((done) => {
  try {
    const socket = new WebSocket("wss://example.org/");
    socket.onopen = () => done("reached");
    socket.onerror = () => done("refused");
  } catch { done("refused"); }
});
tries.storage = await new Promise((done) => {
  try {
    const request = indexedDB.open("x");
    request.onsuccess = () => done("reached");
    request.onerror = () => done("refused");
  } catch { done("refused"); }
});
tries.evaluated = (() => {
  try { return new Function("return 'reached'")(); } catch { return "refused"; }
})();
tries.page = typeof document === "undefined" && typeof localStorage === "undefined" ? "refused" : "reached";
tries`,
  flood:
    'for (let i = 0; i < 100000; i++) postMessage({ type: "item", item: { kind: "text", line: 1, text: "x" } });',
};
/** As the build prints code: a line, an element. */
const lines = (code) =>
  code
    .split("\n")
    .map((line) => `<i>${escape(line)}\n</i>`)
    .join("");
const cell = ([id, code], i) =>
  `<div class="island" data-island="cell" data-cell="test/${id}" data-number="${i + 1}"` +
  `${id === "endless" || id === "stuck" ? ' data-seconds="1"' : ""}><div class="cell"><header><b>Cell ${i + 1}</b>` +
  `<span>${id}</span></header><pre class="source"><code>${lines(code)}</code></pre></div></div>`;
const figure = (id, number) =>
  `<div class="island" id="${id}" data-island="figure" data-figure="test/line" data-number="${number}">` +
  `<figure class="figure"><header><span class="which">Figure ${number}</span><h3>A line through a point</h3>` +
  `<p>What changes?</p></header>` +
  `<div class="plate"><svg class="first" width="320" height="260" aria-hidden="true"></svg></div>` +
  `<div class="strip ui"><p class="say">Before the worker answers.</p></div></figure></div>`;

const page = () => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Blocks of a lesson</title><link rel="icon" href="data:,"></head>
<body><main style="padding: 0 var(--edge); max-width: 1240px">
<h1>Blocks</h1>
<h2>Figures</h2>
${figure("line", 1)}
${figure("line-again", 2)}
<h2>Cells</h2>
${Object.entries(CELLS).map(cell).join("\n")}
<h2>Lab</h2>
<div class="island" data-island="lab" data-lab="perceptron/perceptron-rule" data-number="1">
<pre class="source"><code>${lines(text("starter.ts"))}</code></pre></div>
</main><script type="module" src="./page.ts"></script></body></html>`;

let built;
/** Builds the page once; returns its folder. */
export const islands = () =>
  (built ??= (async () => {
    const source = join(FIGURES, "index.html");
    rmSync(OUT, { recursive: true, force: true });
    mkdirSync(OUT, { recursive: true });
    writeFileSync(source, page());
    try {
      await build({
        configFile: false,
        root: FIGURES,
        base: "./",
        logLevel: "warn",
        publicDir: false,
        plugins: [sandboxPlugin(), coursePlugin()],
        oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
        worker: { format: "es", plugins: () => [coursePlugin()] },
        build: {
          target: "es2022",
          outDir: OUT,
          emptyOutDir: true,
          assetsInlineLimit: 0,
          minify: false,
          rolldownOptions: { input: source },
        },
      });
    } finally {
      rmSync(source);
    }
    if (!existsSync(join(OUT, "index.html"))) throw new Error(`the page of the tests was not built in ${OUT}`);
    return OUT;
  })());
