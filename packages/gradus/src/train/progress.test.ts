import { describe, expect, it } from "vitest";
import { drawCurve } from "./curve.ts";
import { formatBar, formatDuration, formatProgress, Progress, type ProgressOutput } from "./progress.ts";

const written = (isTTY: boolean): { text: () => string; output: ProgressOutput } => {
  let all = "";
  return { text: () => all, output: { isTTY, columns: 80, write(text) { all += text; } } };
};
const state = { step: 50, steps: 200, loss: 0.12345, seconds: 5, made: 25 };

describe("progress", () => {
  it("says how far, how fast and how long", () => {
    expect(formatProgress(state)).toBe("step 50/200  loss 0.1235  5.0 steps/s  30 s left");
    expect(formatProgress({ ...state, label: "accuracy 0.9" })).toContain("accuracy 0.9");
    expect([59, 200, 7500].map(formatDuration)).toEqual(["59 s", "3 min 20 s", "2 h 05 min"]);
    expect(formatBar(0.5, 4)).toBe("██░░");
  });
  it("rewrites its line on a terminal", () => {
    const { text, output } = written(true);
    const progress = new Progress(output);
    progress.update(state);
    progress.update({ ...state, step: 51, seconds: 5.01 });
    progress.note("done");
    expect(text().split("\r").filter((line) => line.includes("loss"))).toHaveLength(1);
    expect(text()).toMatch(/\r\u001b\[Kdone\n$/);
  });
  it("writes a plain line every ten seconds elsewhere, and the last", () => {
    const { text, output } = written(false);
    const progress = new Progress(output);
    for (let step = 1; step <= 200; step++) progress.update({ ...state, step, seconds: step / 10 });
    expect(text().trim().split("\n").map((line) => line.split("  ")[0]))
      .toEqual(["step 1/200", "step 101/200", "step 200/200"]);
    expect(text()).not.toContain("\u001b");
  });
  it("leaves the first step, which compiles, out of the speed", () => {
    const { text, output } = written(false);
    const progress = new Progress(output);
    progress.update({ ...state, step: 1, made: 1, seconds: 4 });
    progress.update({ ...state, step: 200, made: 200, seconds: 14 });
    expect(text()).toBe("step 1/200  loss 0.1235\nstep 200/200  loss 0.1235  20 steps/s\n");
  });
});

describe("drawCurve", () => {
  it("falls from the upper left to the lower right", () => {
    const lines = drawCurve([3, 2, 1, 0], { width: 2, height: 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0].endsWith("⠑⢄")).toBe(true);
  });
  it("has a line for each row, labels, and no gaps where it is steep", () => {
    const lines = drawCurve([0, 100], { width: 1, height: 3 });
    expect(lines.map((line) => line.slice(0, 5))).toEqual([" 100 ", "     ", "0.00 "]);
    expect(lines.map((line) => line.at(-1)!.codePointAt(0)! - 0x2800 & 0xb8)).toEqual([0xb8, 0xb8, 0x38]);
  });
  it("takes means of many values, and survives few or strange ones", () => {
    expect(drawCurve(Array.from({ length: 1000 }, (_, i) => i), { width: 10, height: 4 })[0]).toMatch(/^ 975/);
    expect(drawCurve([])).toEqual([]);
    expect(drawCurve([NaN, 1])).toHaveLength(8);
  });
});
