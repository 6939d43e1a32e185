import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCourse, openCourse, type Course } from "./course.ts";
import { manifestOf, searchDocuments } from "./manifest.ts";
import { formatProblems } from "./problem.ts";

const repository = resolve(import.meta.dirname, "../../../..");
const GOOD = resolve(import.meta.dirname, "fixtures/good");
const LESSON = "0-basics/01-coins/lesson.md";

test("a course is there before it has run, and comes whole lesson by lesson", async () => {
  const build = await openCourse({ root: GOOD, repository, cache: false });
  expect([...build.waiting]).toEqual(["coins", "pairs-of-coins"]);
  const draft = await build.draft();
  expect(draft.lessons[0].labs).toHaveLength(1);
  expect(draft.lessons[0].html).not.toContain('data-figure="coins/tosses"');
  const whole: string[] = [];
  const course = await build.finish(({ id }) => whole.push(id));
  expect(whole.sort()).toEqual(["coins", "pairs-of-coins"]);
  expect(formatProblems(course.problems)).toBe("");
  expect(course.lessons[0].html).toContain('data-figure="coins/tosses"');
  expect(course.lessons.map(({ number }) => number)).toEqual(draft.lessons.map(({ number }) => number));
});

describe("a course without faults", () => {
  let course: Course;
  beforeAll(async () => { course = await buildCourse({ root: GOOD, repository, cache: false }); });

  test("has no problems", () => expect(formatProblems(course.problems)).toBe(""));
  test("numbers its lessons and knows what each teaches", () => {
    expect(course.lessons.map(({ number, id }) => [number, id])).toEqual([["0.1", "coins"], ["0.2", "pairs-of-coins"]]);
    expect(course.taught.get("pairs")?.id).toBe("pairs-of-coins");
    expect(course.awaited).toEqual([]);
  });
  test("computes keys by running the code with the library", () => {
    expect(course.lessons[0].computed.keys)
      .toEqual({ "mean-of-tosses": 0.75, "shape-of-tosses": [2, 4], printed: "3" });
  });
  test("runs cells and shows what they print", () => {
    expect(course.lessons[0].computed.cells.first).toBe("four tosses\n0.75");
    expect(course.lessons[0].html).toContain('data-island="cell" data-cell="coins/first" data-number="1"');
  });
  test("draws the first frame of a figure, wide and narrow, with its sentence", () => {
    const { tosses } = course.lessons[0].computed.figures;
    expect(tosses.describe).toBe("0 heads in 0 tosses.");
    expect(tosses.wide).toContain('viewBox="0 0 960 120"');
    expect(tosses.narrow).toContain('viewBox="0 0 328 120"');
    expect(course.lessons[0].html).toContain('data-figure="coins/tosses"');
  });
  test("prints islands whose data the scripts read", () => {
    const { html } = course.lessons[0];
    const data = [...html.matchAll(/data-island="quiz"[\s\S]*?<script type="application\/json">(.*?)<\/script>/g)]
      .map(([, text]) => JSON.parse(text) as { id: string; key?: unknown }[]);
    expect(data.map((items) => items.map(({ id }) => id))).toEqual([["half"], ["mean-of-tosses", "shape-of-tosses",
      "printed"]]);
    expect(data[1][1].key).toEqual([2, 4]);
    expect(html).not.toMatch(/<script type="application\/json">[^<]*<(?!\/script)/);
  });
  test("links lessons, terms and code that is tested", () => {
    const { html } = course.lessons[0];
    expect(html).toContain('<a href="../pairs-of-coins/#two-coins">the next lesson</a>');
    expect(html.match(/class="term"/g)).toHaveLength(1);
    expect(html).toContain("return</span> x.reduce(");
    expect(course.lessons[1].question).toBe("What do two coins show together?");
  });
  test("gives the search texts, terms and symbols with places that exist", () => {
    const documents = searchDocuments(course);
    expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(["text", "term", "symbol"]));
    for (const { address } of documents) {
      const [page, anchor] = address.split("/#");
      const lesson = course.lessons.find(({ id }) => id === page.replace(/\/$/, ""));
      if (lesson !== undefined && anchor !== undefined) expect(lesson.html).toContain(`id="${anchor}"`);
    }
  });
  test("fits into a manifest of plain data", () => {
    const manifest = manifestOf(course);
    expect(structuredClone(manifest)).toEqual(manifest);
    expect(manifest.parts[0].lessons[0]).toMatchObject({
      id: "coins", number: "0.1", cells: ["first"], labs: [{ id: "mean", title: "The mean", minutes: 5 }],
        terms: ["outcome"],
    });
  });
});

/** Faults: a file, what is replaced in it and by what, and the complaint. Those of one group are built together. */
type Fault = readonly [what: string, file: string, from: string | RegExp, to: string, problem: RegExp];
const COINS = "0-basics/01-coins", FIGURE = `${COINS}/figures/tosses.ts`;
const GROUPS: Readonly<Record<string, readonly Fault[]>> = {
  "of texts and data": [
    ["an unknown directive", LESSON, "::lab{#mean}", "::labor{#mean}", /lesson\.md:42: there is no directive ::labor/],
    ["a lab that is not shown", LESSON, /^/, "", /lesson\.md:1: the lab mean is not shown/],
    ["a formula", LESSON, "\\frac{1}{n}", "\\frac{1", /lesson\.md:21: the formula cannot be read/],
    ["an unknown concept", LESSON, "[chance]", "[luck]", /lesson\.md:5: luck is no concept of concepts\.yaml/],
    ["a link", LESSON, "../02-pairs/lesson.md", "../03-triples/lesson.md", /lesson\.md:48: there is no lesson at/],
    ["HTML", LESSON, "At 10:30", "<b>At</b> 10:30", /lesson\.md:9: HTML is not read here/],
    ["code of a cell", LESSON, "x.mean()", "x.median()", /lesson\.md:31: cell first fails: .*median/],
    ["code of a question", `${COINS}/quiz.yaml`, "tensor([1, 0, 1, 1]).mean()", "tensor([1, 0])",
      /quiz\.yaml:\d+: mean-of-tosses: the last expression must be one number/],
    ["a figure without invariants", FIGURE, /invariants: \[.*\]/, "invariants: []",
      /tosses\.ts:1: the figure has no invariants/],
    ["two lessons of one id", "0-basics/02-pairs/lesson.md", "id: pairs-of-coins", "id: coins",
      /lesson\.md:2: 0-basics\/01-coins has the id coins too/],
    ["a topic of a path", "paths.yaml", "topics: [chance]", "topics: [luck]", /paths\.yaml:6: luck is no concept/],
    ["a missing hint", `${COINS}/labs/mean/hints.md`, /[\s\S]*/, "\n", /hints\.md:1: a lab has at least one hint/],
    ["an unknown term", `${COINS}/glossary.yaml`, " }", ", see: [income] }",
      /glossary\.yaml:1: outcome points to income/],
  ],
  "of order and shape": [
    ["a table", LESSON, /$/, "\n\n| $p$ | heads |\n|---|---|\n| one | 1 |\n",
      /lesson\.md:\d+: a column of the table has no name/],
    ["a figure that is not there", LESSON, "#tosses", "#throws", /lesson\.md:16: there is no figures\/throws\.ts/],
    ["what stands on a later lesson", LESSON, "minutes: 10", "requires: [pairs]\nminutes: 10",
      /lesson\.md:6: it stands on pairs, which comes later, in 0-basics\/02-pairs/],
    ["a cycle of concepts", "concepts.yaml", "title: Chance, part: 0", "title: Chance, part: 0, requires: [pairs]",
      /concepts\.yaml:1: concepts stand on themselves: chance requires pairs requires chance/],
    ["an invariant that is not true", FIGURE, "heads + count % 2", "heads + 2",
      /tosses\.ts:1: at step 1 this is not true: no more heads than tosses/],
    ["a question without a right answer", `${COINS}/quiz.yaml`, ", right: true", "",
      /quiz\.yaml:6: 0\.options: exactly one/],
    ["a misspelt key", "paths.yaml", "outcome: ", "outcomme: ", /paths\.yaml:6: .*outcomme/],
  ],
};

describe.each(Object.entries(GROUPS))("faults %s are named with file and line", (_name, faults) => {
  const root = mkdtempSync(join(tmpdir(), "course-"));
  let problems = "";
  beforeAll(async () => {
    cpSync(GOOD, root, { recursive: true });
    const change = (file: string, from: string | RegExp, to: string): void => {
      const text = readFileSync(join(root, file), "utf8");
      writeFileSync(join(root, file), text.replace(from, () => to));
    };
    // The figure's import leaves the folder.
    change(FIGURE, "../../../../../../figure.ts", join(repository, "packages/lessons/src/figure.ts"));
    for (const [, file, from, to] of faults) change(file, from, to);
    problems = formatProblems((await buildCourse({ root, repository, cache: false })).problems);
  });
  afterAll(() => rmSync(root, { recursive: true }));
  test.each(faults)("%s", (_what, _file, _from, _to, problem) => expect(problems).toMatch(problem));
});
