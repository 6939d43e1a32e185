// What the author of a lab promises, in the sandbox of a page: the same gates run in Node beside the grader.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { runnerImport } from "vite";
import { islands } from "./islands.mjs";
import { withPage } from "./studio.mjs";

const LABS = resolve(import.meta.dirname, "../../packages/lessons/src/grade/labs.node.ts");
/** Time enough for what ends, and soon over for what does not. */
const SECONDS = 3;

const { module } = await runnerImport(LABS, { configFile: false, logLevel: "error" });
const complaint = ({ checks }) => checks
  .filter(({ verdict }) => verdict !== "passed" && verdict !== "waiting").map(({ message }) => message).join(" ");

/** Every text of a lab, graded in two sandboxes at a time. */
async function gate(page, { meta, checks, reference, starter, alt, wrong }) {
  const cases = [
    ["the starter", starter], ["the reference", reference], ...alt.map(([name, text]) => [`alt/${name}`, text]),
    ...wrong.map(([name, text]) => [`wrong/${name}`, text]),
  ];
  const reports = await page.evaluate(async ([texts, lab, seconds]) => {
    const half = Math.ceil(texts.length / 2);
    const both = [texts.slice(0, half), texts.slice(half)];
    return (await Promise.all(both.map((some) => globalThis.gradeAll(some, lab, seconds)))).flat();
  }, [cases.map(([, text]) => text), { meta, checks, reference }, SECONDS]);
  cases.forEach(([name, text], i) => {
    const report = reports[i];
    if (name === "the reference" || name.startsWith("alt/")) {
      assert.equal(complaint(report), "", name);
      assert.ok(report.passed, name);
    } else if (name === "the starter") assert.equal(report.passed, false, name);
    else {
      const wanted = /^\/\/ fails: (.+)$/m.exec(text)?.[1];
      assert.ok(complaint(report).includes(wanted), `${name} says "${complaint(report)}", not "${wanted}"`);
    }
  });
}

export default Object.fromEntries(module.readLabs().map((lab) => [
  `${lab.lesson}, ${lab.id}`,
  async (browser) => withPage(browser, "/", (page) => gate(page, lab), { root: await islands() }),
]));
