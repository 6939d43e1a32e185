import { GPT_PRESETS, MAMBA_PRESETS } from "gradus/models";
import { defineFigure, type Colour, type Frame, type Mark, type Scene } from "@gradus/lessons";
import { fixed } from "@gradus/lessons/draw/number";
import { path, plot, type Plot } from "@gradus/lessons/draw/plot";
import { power, powersAcross } from "@gradus/lessons/draw/powers";
import type { Pair } from "@gradus/lessons/draw/scale";

const GPT = GPT_PRESETS["gpt2"], MAMBA = MAMBA_PRESETS["mamba-130m"];
const STATES = 16, TAPS = 4, INNER = 2 * MAMBA.width, RANK = Math.ceil(MAMBA.width / 16);
const TASKS = ["reading the text", "writing the next token"] as const;
type Task = (typeof TASKS)[number];
const LENGTHS: Pair = [2, 6], PRODUCTS: Pair = [7.5, 10.5];

/** Products for one token in the matrices of all blocks; the scores of the vocabulary are left out in both. */
const GPT_WEIGHTS = 12 * GPT.width ** 2 * GPT.layers;
/** Four products for each state: fade, input, and what is read. */
const MAMBA_TOKEN = MAMBA.layers * (MAMBA.width * 2 * INNER + INNER * TAPS + INNER * (RANK + 2 * STATES) + RANK *
  INNER +
  4 * INNER * STATES + INNER * MAMBA.width);
/** Products of attention for one token: queries with keys, weights with values. Reading, half the text on average. */
const pairsOf = (length: number, task: Task): number => 2 * GPT.width * GPT.layers * length *
  (task === TASKS[0] ? 0.5 : 1);
/** The length where a Transformer needs as many products for pairs as for its matrices. */
const evenOf = (task: Task): number => GPT_WEIGHTS / pairsOf(1, task);

interface Shot { readonly task: Task; readonly length: number }
const millions = (value: number): string => `${fixed(value / 1e6, 1)} million`;

interface Layout { readonly height: number; readonly on: Plot; readonly notes: number }
function layout(width: number): Layout {
  const on = plot({ left: 66, top: 40, width: width - 86, height: 260, x: LENGTHS, y: PRODUCTS, xTicks: 0, yTicks: 0,
    yLabel: "products for one token" });
  return { on, notes: on.bottom + 66, height: on.bottom + 66 + 76 };
}

export default defineFigure({
  id: "cost-sheet",
  title: "What one token costs",
  question: "From which length on is the text itself the largest cost?",
  params: {
    task: { kind: "choice", label: "task", value: "reading the text", choices: TASKS },
    length: { kind: "number", label: "tokens", value: 1000, min: 100, max: 1_000_000, step: 100, scale: "log" },
  },
  init: ({ task, length }): Shot => ({ task, length }),
  snapshot: (state): Shot => ({ ...state }),
  view({ task, length }, { width }: Frame): Scene {
    const { on, notes, height } = layout(width), marks: Mark[] = [...on.marks];
    for (const [value, text] of [[1e8, "0.1 billion"], [1e9, "1 billion"], [1e10, "10 billion"]] as const) {
      const y = on.y(Math.log10(value));
      marks.push({ kind: "line", points: [[on.left, y], [on.right, y]], stroke: "hair", width: 1 },
        { kind: "text", x: on.left - 6, y: y + 4, text: width < 640 ? text.replace("illion", "n") : text, anchor: "end",
          size: 12, fill: "ink-2" });
    }
    marks.push(...powersAcross(on, width < 640 ? [1000, 10_000, 100_000] : [100, 1000, 10_000, 100_000]),
      { kind: "text", x: on.right, y: on.bottom + 34, anchor: "end", size: 13, fill: "ink-2",
        text: "tokens in the text" });
    const line = (f: (length: number) => number, colour: Colour, dash: readonly number[]): void => {
      const points = Array.from({ length: 121 }, (_, i): Pair => [2 + i / 30, Math.log10(f(10 ** (2 + i / 30)))]);
      marks.push(...path(on, points, { stroke: colour, width: 2.5, ...(dash.length > 0 ? { dash } : {}) }));
    };
    line(() => MAMBA_TOKEN, "series-1", []);
    line((n) => GPT_WEIGHTS + pairsOf(n, task), "series-2", [7, 4]);
    line((n) => pairsOf(n, task), "series-3", [2, 4]);
    const x = on.x(power(length, LENGTHS));
    marks.push({ kind: "line", points: [[x, on.top], [x, on.bottom]], stroke: "mark", width: 5 },
      { kind: "line", points: [[x, on.top], [x, on.bottom]], stroke: "ink", width: 1.5 });
    const total = GPT_WEIGHTS + pairsOf(length, task);
    ([[MAMBA_TOKEN, "series-1", `solid: Mamba, ${millions(MAMBA_TOKEN)}`],
      [total, "series-2", `long dashes: GPT-2’s shape, ${millions(total)}`],
      [pairsOf(length, task), "series-3", `dots: its attention between tokens, ${millions(pairsOf(length, task))}`],
    ] as const).forEach(([value, colour, text], i) => {
      const place = Math.log10(value);
      if (place > PRODUCTS[0] && place < PRODUCTS[1]) marks.push({ kind: "disc", x, y: on.y(place), r: 5, fill: colour,
        stroke: "plate", width: 1.5 });
      marks.push({ kind: "text", x: 14, y: notes + i * 22, size: 13, fill: colour, text });
    });
    return { width, height, marks };
  },
  describe: ({ task, length }) => `For ${task}, with ${fixed(length, 0)} tokens, a Transformer of GPT-2’s shape ` +
    `needs ` +
    `${millions(GPT_WEIGHTS + pairsOf(length, task))} products for a token, ${millions(pairsOf(length, task))} of ` +
      `them ` +
    `between tokens; Mamba needs ${millions(MAMBA_TOKEN)}. Both parts of the Transformer are equal at ` +
    `${fixed(evenOf(task), 0)} tokens.`,
  table: ({ task }) => ({ head: ["tokens", "Mamba, millions", "GPT-2’s shape, millions", "attention of it, millions"],
    rows: [100, 1000, 10_000, 100_000, 1_000_000].map((n) => [fixed(n, 0), fixed(MAMBA_TOKEN / 1e6, 1),
      fixed((GPT_WEIGHTS + pairsOf(n, task)) / 1e6, 1), fixed(pairsOf(n, task) / 1e6, 1)]) }),
  invariants: [
    { name: "reading costs half of what writing at the end does, for each pair of tokens", holds: ({ length }) =>
      Math.abs(2 * pairsOf(length, TASKS[0]) - pairsOf(length, TASKS[1])) < 1e-3 },
    { name: "at the even length both parts are equal", holds: ({ task }) =>
      Math.abs(pairsOf(evenOf(task), task) - GPT_WEIGHTS) < 1 },
  ],
});
