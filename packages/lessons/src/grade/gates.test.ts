/** What the author of a lab promises, for every lab of the course. */
import { describe, expect, test } from "vitest";
import * as gradus from "gradus";
import * as data from "gradus/data";
import * as text from "gradus/text";
import * as models from "gradus/models";
import type { Exports } from "../lab.ts";
import { readLabs, type LabFolder } from "./labs.node.ts";
import { runLab } from "./grader.ts";
import { gradeLab, type LabWorker, type Report } from "./session.ts";

/** Time enough for what ends, and soon over for what does not. */
const SECONDS = 1.5;
const LIBRARIES = { gradus, "gradus/models": models, "gradus/data": data, "gradus/text": text };
const load = (code: string): Promise<Exports> =>
  import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<Exports>;
const here: LabWorker = {
  start(job, told, failed) {
    runLab(job, load, LIBRARIES, told).catch((error: unknown) => failed(String(error)));
  },
  stop() {},
};
const grade = (text: string, lab: LabFolder): Promise<Report> => gradeLab(text, lab, here, () => {}, SECONDS);
const complaint = ({ checks }: Report): string =>
  checks
    .filter(({ verdict }) => verdict !== "passed" && verdict !== "waiting")
    .map(({ message }) => message)
    .join(" ");

const labs = readLabs();
test("there are labs", () => {
  expect(labs.map(({ id }) => id)).toContain("perceptron-rule");
  expect(new Set(labs.map(({ id }) => id)).size).toBe(labs.length);
});
describe.each(labs)("$lesson, $id", (lab) => {
  test("has a title, at least one hint and one wrong answer", () => {
    expect(lab.meta).toMatchObject({
      title: expect.any(String) as string,
      minutes: expect.any(Number) as number,
      concepts: expect.any(Array) as string[],
    });
    expect(lab.meta.exports.length).toBeGreaterThan(0);
    expect(lab.hints.length).toBeGreaterThan(0);
    expect(lab.wrong.length).toBeGreaterThan(0);
  });
  test("the starter can be read and fails", async () => {
    const report = await grade(lab.starter, lab);
    expect(report.passed).toBe(false);
    expect(report.checks[0].verdict).toBe("passed");
  });
  test.each([["the reference", lab.reference] as const, ...lab.alt])("%s passes", async (_, text) => {
    const report = await grade(text, lab);
    expect(complaint(report)).toBe("");
    expect(report.passed).toBe(true);
  });
  test.each(lab.wrong)("%s fails with its own message", async (_, text) => {
    const wanted = /^\/\/ fails: (.+)$/m.exec(text)?.[1];
    expect(wanted, "its first line says which message it deserves: // fails: ...").toBeDefined();
    expect(complaint(await grade(text, lab))).toContain(wanted);
  });
});
