import { expect, test } from "vitest";
import type { Figure } from "@gradus/lessons";
import line from "./fixtures/line.ts";
import { FigureHost } from "./host.ts";
import { handlesOf } from "./places.ts";
import type { FromFigures, Shown, ToFigures } from "./protocol.ts";
import { createStore } from "./store.ts";

const find = (id: string): Promise<Figure> =>
  id === "test/line"
    ? Promise.resolve(line as unknown as Figure)
    : Promise.reject(new Error(`There is no figure ${id}.`));
function host() {
  const said: FromFigures[] = [];
  const made = new FigureHost(find, (message) => said.push(structuredClone(message)));
  return {
    said,
    send: (message: ToFigures) => made.receive(message),
    last: () => (said.at(-1) as { shown: Shown }).shown,
  };
}
const open = (key: string, more: object = {}): ToFigures => ({
  key,
  type: "open",
  figure: "test/line",
  texts: {},
  seed: 7,
  steps: 0,
  width: 600,
  ...more,
});

test("a figure opens, steps to its end, acts, and begins again", async () => {
  const { said, send, last } = host();
  await send(open("a"));
  expect(said[0]).toMatchObject({
    type: "opened",
    about: { title: "A line through a point", steps: true, table: true, cell: true },
  });
  expect(last()).toMatchObject({ step: 0, done: false, sentence: expect.stringContaining("slope 0.50") as string });
  await send({ key: "a", type: "step", count: 2 });
  expect(last().step).toBe(2);
  await send({ key: "a", type: "step", count: 100 });
  expect(last()).toMatchObject({ step: 6, done: true });
  await send({ key: "a", type: "act", action: { type: "drag", id: "point", x: 300, y: 26, width: 600 } });
  expect(last().sentence).toContain("point at 0.50 and 0.10");
  await send({ key: "a", type: "set", values: { slope: -1 }, seed: 3 });
  expect(last()).toMatchObject({
    step: 0,
    sentence: expect.stringContaining("slope −1.00, point at 0.50 and 0.40") as string,
  });
  await send({ key: "a", type: "width", width: 328 });
  expect(last().scene.width).toBe(328);
  await send({ key: "a", type: "cell" });
  expect(said.at(-1)).toMatchObject({ type: "cell", text: expect.stringContaining("mul(-1)") as string });
});
test("several figures do not disturb each other, and an address brings a moment back", async () => {
  const { said, send, last } = host();
  await Promise.all([send(open("a")), send(open("b", { texts: { slope: "1.5", thick: "yes" }, steps: 3 }))]);
  expect(said.find(({ key, type }) => key === "b" && type === "opened")).toMatchObject({
    values: { slope: 1.5, thick: true, stroke: "plain" },
  });
  await send({ key: "b", type: "step", count: 1 });
  expect(last()).toMatchObject({ step: 4, sentence: expect.stringContaining("slope 1.90") as string });
  await send({ key: "a", type: "step", count: 1 });
  expect(last().step).toBe(1);
});
test("a figure that is not there says so", async () => {
  const { said, send } = host();
  await send(open("a", { figure: "test/none" }));
  expect(said).toEqual([{ key: "a", type: "failed", message: "There is no figure test/none." }]);
});
test("handles have places and names; a grid of cells is one stop for the tab key", async () => {
  const { send, last } = host();
  await send(open("a"));
  const places = handlesOf(last().scene);
  expect(places.filter(({ stop }) => stop).map(({ id }) => id)).toEqual(["cells:0", "point"]);
  expect(places[4]).toMatchObject({
    id: "cells:4",
    label: "weight, row 2, column 2, −1",
    columns: 3,
    press: true,
    drag: null,
    x: 526,
    y: 74,
  });
  expect(places.at(-1)).toMatchObject({ id: "point", drag: "xy", round: true, x: 300, y: 156, w: 18 });
  const moved = handlesOf({
    width: 10,
    height: 10,
    marks: [
      {
        kind: "group",
        x: 5,
        y: 5,
        marks: [{ kind: "box", x: 1, y: 2, w: 4, h: 6, handle: { id: "b", label: "b", drag: "x", step: 2 } }],
      },
    ],
  });
  expect(moved).toEqual([expect.objectContaining({ x: 8, y: 10, w: 4, h: 6, drag: "x", press: false, step: 2 })]);
});
test("while one answer is awaited only the latest drag is kept", async () => {
  const sent: ToFigures[] = [];
  let listen: (message: FromFigures) => void = () => {};
  let query = "?line.slope=1";
  const store = createStore("test/line", "line", 600, {
    join(listener) {
      listen = listener;
      return (message) => sent.push(message);
    },
    query: () => query,
    replace: (next) => {
      query = next;
    },
    still: false,
  });
  store.open();
  expect(sent).toEqual([
    { key: "line", type: "open", figure: "test/line", texts: { slope: "1" }, seed: 7, steps: 0, width: 600 },
  ]);
  const real = new FigureHost(find, listen);
  await real.receive(sent[0]);
  expect(store.values.value).toMatchObject({ slope: 1 });
  for (const x of [10, 20, 30]) store.act({ type: "drag", id: "point", x, y: 0, width: 600 });
  expect(sent.length).toBe(2);
  await real.receive(sent[1]);
  expect(sent.length).toBe(3);
  expect(sent[2]).toMatchObject({ action: { x: 30 } });
  await real.receive(sent[2]);
  store.step();
  await real.receive(sent[3]);
  expect(query).toBe("?line.slope=1&line.step=1");
  store.change("slope", 0.5);
  await real.receive(sent[4]);
  expect(query).toBe("");
});
