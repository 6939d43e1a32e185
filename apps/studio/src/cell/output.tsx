/** What a cell printed, item by item, with the line that did. */
import type { Scene } from "@gradus/lessons";
import { path, plot } from "@gradus/lessons/draw/plot";
import { printSvg } from "@gradus/lessons/svg";
import type { Item, PlotItem, TensorItem } from "../engine/sandbox-items.ts";
import { fixed, signOf } from "../look/number.ts";

export function Output({ id, items }: { id: string; items: readonly Item[] }) {
  return (
    <>
      {items.map((item, i) => (
        <Printed key={i} id={`${id}-${i}`} item={item} />
      ))}
    </>
  );
}

function Printed({ id, item }: { id: string; item: Item }) {
  switch (item.kind) {
    case "text":
      return <pre class="said">{item.text}</pre>;
    case "tensor":
      return <Tensor id={id} item={item} />;
    case "plot":
      return <Lines id={id} item={item} />;
    case "table":
      return (
        <div class="scrolls" tabIndex={0} role="region" aria-label="Table">
          <table class="values">
            {item.head.length > 0 && (
              <thead>
                <tr>
                  {item.head.map((name) => (
                    <th scope="col">{name}</th>
                  ))}
                </tr>
              </thead>
            )}
            <tbody>
              {item.rows.map((row) => (
                <tr>
                  {row.map((cell) => (
                    <td>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "program":
      return (
        <>
          {item.parts.map((part, i) => (
            <details open={i === 0}>
              <summary class="ui">{part.title}</summary>
              <pre class="listing-text" tabIndex={0} aria-label={part.title}>
                {part.text}
              </pre>
            </details>
          ))}
        </>
      );
  }
}

const SHORT = 12,
  WIDE = 12;
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Short vectors as numbers with their marks, anything larger as a grid of signs. */
function Tensor({ id, item }: { id: string; item: TensorItem }) {
  const { dtype, shape, values, line } = item;
  const size = sizeOf(shape);
  const whole = values.every(Number.isInteger);
  const head = (
    <p class="what">
      Tensor {dtype} [{shape.join(", ")}]{line > 0 && <span class="from-line">line {line}</span>}
    </p>
  );
  if (shape.length <= 1 && size <= SHORT) {
    return (
      <div class="tensor">
        {head}
        <ul>
          {values.map((value) => (
            <li>
              <Marked value={value} decimals={whole ? 0 : 3} />
            </li>
          ))}
        </ul>
      </div>
    );
  }
  const columns = shape.at(-1)!,
    shown = Math.min(columns, 64);
  const rows = Math.min(Math.floor(values.length / columns), 64);
  const cut: number[] = [];
  for (let row = 0; row < rows; row++) cut.push(...values.slice(row * columns, row * columns + shown));
  const missing = size - cut.length;
  const digits = shown <= WIDE ? { digits: whole ? 0 : shown > 6 ? 1 : 2 } : {};
  const side = shown <= WIDE ? Math.min(56, 300 / shown) : Math.max(4, Math.min(22, 300 / shown));
  const height = shown <= WIDE ? Math.min(side, 30) : side;
  const scene: Scene = {
    width: Math.ceil(shown * side) + 2,
    height: Math.ceil(rows * height) + 2,
    marks: [
      { kind: "cells", x: 1, y: 1, w: shown * side, h: rows * height, rows, columns: shown, values: cut, ...digits },
    ],
  };
  const low = Math.min(...cut),
    high = Math.max(...cut);
  const label =
    `Tensor of shape ${shape.join(" by ")}, from ${fixed(low)} to ${fixed(high)}` +
    (cut.length <= 64 ? `: ${cut.map((value) => fixed(value, whole ? 0 : 3)).join(", ")}` : "");
  return (
    <div class="tensor">
      {head}
      <div class="scrolls drawn" dangerouslySetInnerHTML={{ __html: printSvg(scene, { id, label }) }} />
      <p class="what">
        {fixed(low, whole ? 0 : 3)} to {fixed(high, whole ? 0 : 3)}
        {missing > 0 && `; ${fixed(missing, 0)} more numbers are not drawn`}
      </p>
    </div>
  );
}

/** A number with the mark of its sign: a disc, since it passes through. */
export function Marked({ value, decimals = 3 }: { value: number; decimals?: number }) {
  const sign = Number.isNaN(value) ? "zero" : signOf(value, decimals);
  return (
    <span class={`number ${sign}`}>
      <b class={`glyph disc ${sign}`} />
      {fixed(value, decimals)}
    </span>
  );
}

/** Hue is for signs: lines are told apart by their dashes and their names. */
const INKS = ["ink", "ink-2"] as const;
const WIDTH = 320,
  HEIGHT = 190,
  LEFT = 46,
  TOP = 14;
function Lines({ id, item }: { id: string; item: PlotItem }) {
  const all = item.series.map((series) =>
    series.x.map((x, i) => [x, series.y[i]] as const).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
  );
  const points = all.flat();
  if (points.length === 0) return <p class="what">There is nothing finite to plot.</p>;
  const range = (at: 0 | 1): readonly [number, number] => {
    const values = points.map((point) => point[at]);
    const low = values.reduce((a, b) => Math.min(a, b)),
      high = values.reduce((a, b) => Math.max(a, b));
    return low === high ? [low - 1, high + 1] : [low, high];
  };
  const [low, high] = range(1),
    air = 0.05 * (high - low);
  const named = item.series.length > 1;
  const on = plot({
    left: LEFT,
    top: TOP,
    width: WIDTH - LEFT - (named ? 76 : 12),
    height: HEIGHT - TOP - 28,
    x: range(0),
    y: [low - air, high + air],
    xTicks: 4,
    yTicks: 4,
  });
  const dashes: (readonly number[] | undefined)[] = [undefined, [7, 4], [2, 3], [9, 3, 2, 3], [1, 4], [12, 4]];
  const scene: Scene = {
    width: WIDTH,
    height: HEIGHT,
    marks: [
      ...on.marks,
      ...item.series.flatMap((series, i) => {
        const dash = dashes[i] === undefined ? {} : { dash: dashes[i] };
        const end = all[i].at(-1);
        const line =
          all[i].length === 1
            ? [{ kind: "disc" as const, x: on.x(all[i][0][0]), y: on.y(all[i][0][1]), r: 3 }]
            : path(on, all[i], { stroke: INKS[i % INKS.length], width: 1.8, ...dash });
        if (!named || end === undefined) return line;
        const label = {
          kind: "text" as const,
          x: on.right + 6,
          y: TOP + 12 + 17 * i,
          text: series.name.slice(0, 10),
          size: 13,
        };
        const key = {
          kind: "line" as const,
          points: [
            [on.right + 6, TOP + 16 + 17 * i],
            [on.right + 40, TOP + 16 + 17 * i],
          ] as const,
          stroke: INKS[i % INKS.length],
          width: 1.8,
          ...dash,
        };
        return [...line, label, key];
      }),
    ],
  };
  const label = item.series
    .map(
      ({ name, y }) =>
        `${name === "" ? "A line" : name} of ${y.length} points, from ${fixed(y[0])} to ${fixed(y[y.length - 1])}`,
    )
    .join("; ");
  return <div class="drawn" dangerouslySetInnerHTML={{ __html: printSvg(scene, { id, label }) }} />;
}
