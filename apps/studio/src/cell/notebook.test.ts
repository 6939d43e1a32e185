import { expect, test, vi } from "vitest";
import type { CellJob } from "../engine/sandbox-cell.ts";
import { Notebook, type CellEvent, type Host } from "./notebook.ts";

/** A notebook over a pretended worker that answers each job with `answer`. */
function notebook(sources: Record<string, string>, answer: (job: CellJob) => object[]) {
  const jobs: CellJob[] = [],
    events: [string, CellEvent][] = [];
  const host = { started: 0, stopped: 0 };
  const book = new Notebook((receive): Host => ({
    start: () => {
      host.started++;
      return Promise.resolve();
    },
    post(message) {
      jobs.push(message as CellJob);
      for (const part of answer(message as CellJob)) queueMicrotask(() => receive(part as Record<string, unknown>));
    },
    stop() {
      host.stopped++;
    },
  }));
  Object.keys(sources).forEach((id, i) => {
    book.add({
      id,
      title: `Cell ${i + 1}`,
      seconds: 1,
      source: () => sources[id],
      tell: (event) => events.push([id, event]),
    });
  });
  return { book, jobs, events, host, sources };
}
const done = () => [{ type: "done", milliseconds: 1, backend: "wasm" }];

test("cells that a cell rests on run first, and once", async () => {
  const { book, jobs, host, sources } = notebook({ a: "const x = 1;", b: "const other = 2;", c: "x + 1" }, done);
  await book.run("c");
  expect(jobs.map(({ cell }) => cell)).toEqual(["a", "c"]);
  expect(jobs[1].from).toEqual({ x: "a" });
  await book.run("c");
  expect(jobs.map(({ cell }) => cell)).toEqual(["a", "c", "c"]);
  sources.a = "const x = 5;";
  await book.run("c");
  expect(jobs.map(({ cell }) => cell)).toEqual(["a", "c", "c", "a", "c"]);
  expect(host.started).toBe(1);
});
test("what fails before a cell is named in it", async () => {
  const { book, events } = notebook({ a: "const x = oops;", c: "x" }, () => [
    { type: "failed", message: "ReferenceError: oops is not defined", line: 1 },
  ]);
  await book.run("c");
  expect(events.at(-1)).toEqual([
    "c",
    { type: "failed", message: "Cell 1 failed, and this cell rests on it.", line: null },
  ]);
  expect(events[1]).toEqual(["a", { type: "failed", message: "ReferenceError: oops is not defined", line: 1 }]);
});
test("a text that cannot be read never reaches the worker", async () => {
  const { book, jobs, events } = notebook({ a: "let a =\nlet b = 1;" }, done);
  await book.run("a");
  expect(jobs).toEqual([]);
  expect(events.at(-1)?.[1]).toMatchObject({ type: "failed", line: 2 });
});
test("nothing of the worker is trusted", async () => {
  const { book, events } = notebook({ a: "1" }, () => [
    { type: "item", item: { kind: "text", line: -3, text: "ok" } },
    { type: "item", item: { kind: "html", text: "<b>" } },
    { type: "item", item: null },
    ...done(),
  ]);
  await book.run("a");
  expect(events.filter(([, { type }]) => type === "item").map(([, event]) => event)).toEqual([
    { type: "item", item: { kind: "text", line: 0, text: "ok" } },
  ]);
});
test("a worker that never answers is ended, and a fresh one takes its place", async () => {
  vi.useFakeTimers();
  try {
    let silent = true;
    const { book, events, host, jobs } = notebook({ a: "const x = 1;", c: "x" }, (job) =>
      silent && job.cell === "c" ? [] : done(),
    );
    const run = book.run("c");
    await vi.advanceTimersByTimeAsync(2100);
    await run;
    expect(events.at(-1)?.[1]).toMatchObject({
      type: "failed",
      message: "Stopped after 1 s. Your code is unchanged.",
    });
    expect(host.stopped).toBe(1);
    silent = false;
    await book.run("c");
    expect(host.started).toBe(2);
    expect(jobs.map(({ cell }) => cell)).toEqual(["a", "c", "a", "c"]);
  } finally {
    vi.useRealTimers();
  }
});
test("a graph needs a last expression", async () => {
  const { book, jobs, events } = notebook({ a: "const x = 1;" }, done);
  await book.run("a", "graph");
  expect(jobs).toEqual([]);
  expect(events.at(-1)?.[1]).toMatchObject({ type: "failed" });
});
test("Stop counts while a run is being prepared, and while its worker starts", async () => {
  const { book, jobs, events } = notebook({ a: "1" }, done);
  const run = book.run("a");
  book.stop();
  await run;
  expect(jobs).toEqual([]);
  expect(events.at(-1)?.[1]).toMatchObject({ type: "failed", message: expect.stringMatching(/^Stopped/) as string });
  await book.run("a");
  expect(events.at(-1)?.[1]).toMatchObject({ type: "done" });
  const slow = new Notebook(() => ({ start: () => new Promise(() => {}), post: () => {}, stop: () => {} }));
  const told: CellEvent[] = [];
  slow.add({ id: "a", title: "Cell 1", seconds: 1, source: () => "1", tell: (event) => told.push(event) });
  const stuck = slow.run("a");
  await vi.waitFor(() => expect(told.length).toBe(1));
  slow.stop();
  await stuck;
  expect(told.at(-1)).toMatchObject({ type: "failed" });
});
