/** Points of two classes in a plane, and four models of them from stiff to flexible, by the library. */
import { classical } from "gradus";
import { blobs, circles, moons, type LabelledRows } from "gradus/data";
import { grid, type Grid } from "@gradus/lessons/draw/contour";
import type { Pair } from "@gradus/lessons/draw/scale";

export const PLANE: Pair = [-2.6, 2.6];
const NEW = 200;
/** The two classes of each picture; `seed` draws the points. */
const PICTURES = {
  "two moons": (size: number, seed: number, noise: number) => moons({ size, seed, noise }),
  "two clouds": (size: number, seed: number, noise: number) => blobs({ size, seed, noise: 0.55 + 1.4 * noise,
    centers: [[-0.7, -0.6], [0.9, 0.5]] }),
  "a ring": (size: number, seed: number, noise: number) => circles({ size, seed, noise: 0.7 * noise, inner: 0.4 }),
} as const satisfies Record<string, (size: number, seed: number, noise: number) => LabelledRows>;
/** The same as one writes it in a cell. */
export const codeOf = (picture: Picture, size: number, seed: number, noise: number): string => ({
  "two moons": `moons({ size: ${size}, seed: ${seed}, noise: ${noise} })`,
  "two clouds": `blobs({ size: ${size}, seed: ${seed}, noise: ${0.55 + 1.4 * noise}, ` +
    "centers: [[-0.7, -0.6], [0.9, 0.5]] })",
  "a ring": `circles({ size: ${size}, seed: ${seed}, noise: ${0.7 * noise}, inner: 0.4 })`,
})[picture];
export type Picture = keyof typeof PICTURES;
export const pictures = Object.keys(PICTURES) as Picture[];

export interface Points { readonly x: readonly Pair[]; readonly y: readonly number[] }
const pointsOf = ({ features, labels }: LabelledRows): Points => ({ y: Array.from(labels),
  x: Array.from(labels, (_, i): Pair => [features[2 * i], features[2 * i + 1]]) });
/** `size` points to learn from and new ones of the same kind, in standard deviations of the first. */
export function draw(picture: Picture, size: number, seed: number, noise: number): { shown: Points; fresh: Points } {
  const [shown, fresh] = [size, NEW].map((n, i) => pointsOf(PICTURES[picture](n, 2 * seed + i, noise)));
  const scaler = new classical.StandardScaler().fit(shown.x);
  const scaled = ({ x, y }: Points): Points => ({ y, x: scaler.transform(x).map(([a, b]): Pair => [a, b]) });
  return { shown: scaled(shown), fresh: scaled(fresh) };
}

export type Name = "nearest" | "tree" | "margin" | "bayes";
export const names: readonly Name[] = ["nearest", "tree", "margin", "bayes"];
/** A model with its settings from stiff to flexible, and what they are called. */
export const MODELS: { readonly [K in Name]: { readonly title: string; readonly settings: readonly string[];
  make(setting: number): Fitted } } = {
  nearest: { title: "nearest neighbours", settings: ["k = 21", "k = 11", "k = 5", "k = 3", "k = 1"],
    make: (s) => new classical.KNeighborsClassifier({ k: [21, 11, 5, 3, 1][s] }) },
  tree: { title: "decision tree", settings: ["depth 1", "depth 2", "depth 3", "depth 5", "any depth"],
    make: (s) => new classical.DecisionTreeClassifier({ maxDepth: [1, 2, 3, 5, Infinity][s] }) },
  margin: { title: "support vectors", settings: ["straight", "γ = 0.3", "γ = 1", "γ = 5", "γ = 50"],
    make: (s) => new classical.SVC(s === 0 ? { kernel: "linear" } : { c: 10, gamma: [0, 0.3, 1, 5, 50][s] }) },
  bayes: { title: "naive Bayes", settings: ["two bell curves"], make: () => new classical.GaussianNB() },
};
type Fitted = classical.KNeighborsClassifier | classical.DecisionTreeClassifier | classical.SVC | classical.GaussianNB;

export interface Judgement {
  /** Shares that are on their side, of the points shown and of the new ones. */
  readonly shown: number; readonly fresh: number;
  /** Above 0 where class 1 is said. */
  readonly scores: Grid;
  /** Points that the margin rests on; empty for other models. */
  readonly support: readonly number[];
}
/** Learns from the points shown, and asks on `cells` times `cells` places. */
export function judge(name: Name, setting: number, shown: Points, fresh: Points, cells: number): Judgement {
  const model = MODELS[name].make(setting).fit(shown.x, shown.y);
  const score = (x: number, y: number): number => {
    if (model instanceof classical.SVC) return -model.margins([x, y])[0];
    const [[no, yes]] = model.decision([[x, y]]);
    return yes - no;
  };
  const support = !(model instanceof classical.SVC) ? [] : model.machines[0].rows.map((row) =>
    shown.x.findIndex(([a, b]) => a === row[0] && b === row[1]));
  return { shown: model.score(shown.x, shown.y), fresh: model.score(fresh.x, fresh.y), support,
    scores: grid(score, PLANE, PLANE, cells) };
}
