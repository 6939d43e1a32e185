/** The log of what a reader did: entries are only ever added, and everything else is derived from them. */

export const RATINGS = ["again", "hard", "good", "easy"] as const;
export type Rating = typeof RATINGS[number];

/** What happened. Places are named as in the course: a lesson's id, and the id of the part inside it. */
export type Happening =
  | { readonly kind: "lesson-read"; readonly lesson: string; readonly title?: string }
  | { readonly kind: "figure-touched"; readonly lesson: string; readonly figure: string }
  | { readonly kind: "cell-run"; readonly lesson: string; readonly cell: string }
  | { readonly kind: "lab-tried"; readonly lesson: string; readonly lab: string;
    readonly passed: number; readonly checks: number }
  | { readonly kind: "quiz-answered"; readonly lesson: string; readonly item: string; readonly right: boolean }
  | { readonly kind: "essay-marked"; readonly lesson: string; readonly essay: string;
    readonly met: number; readonly points: number }
  | { readonly kind: "card-made"; readonly card: string; readonly lesson: string;
    readonly front: string; readonly back: string }
  | { readonly kind: "card-dropped"; readonly card: string }
  | { readonly kind: "card-reviewed"; readonly card: string; readonly rating: Rating }
  | { readonly kind: "path-chosen"; readonly path: string };

/** One line of the log: `id` is unique in the world, `at` is milliseconds since 1970. */
export type Entry = Happening & { readonly id: string; readonly at: number };
export type Kind = Happening["kind"];

type Check = (value: unknown) => boolean;
const LONGEST = { name: 200, text: 20_000 };
const text = (longest: number): Check => (value) => typeof value === "string" && value.length <= longest;
const name: Check = (value) => text(LONGEST.name)(value) && value !== "";
const count: Check = (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 1e6;
const optional = (check: Check): Check => (value) => value === undefined || check(value);

/** The fields of every kind: what an entry must have, and all that is kept of it. */
const FIELDS: {
  readonly [K in Kind]: Readonly<Record<Exclude<keyof Extract<Happening, { kind: K }>, "kind">, Check>>;
} = {
  "lesson-read": { lesson: name, title: optional(text(LONGEST.name)) },
  "figure-touched": { lesson: name, figure: name },
  "cell-run": { lesson: name, cell: name },
  "lab-tried": { lesson: name, lab: name, passed: count, checks: count },
  "quiz-answered": { lesson: name, item: name, right: (value) => typeof value === "boolean" },
  "essay-marked": { lesson: name, essay: name, met: count, points: count },
  "card-made": { card: name, lesson: name, front: text(LONGEST.text), back: text(LONGEST.text) },
  "card-dropped": { card: name },
  "card-reviewed": { card: name, rating: (value) => (RATINGS as readonly unknown[]).includes(value) },
  "path-chosen": { path: name },
};
/** Nothing happened before the year 2000, and nothing after 2200. */
const EARLIEST = Date.UTC(2000), LATEST = Date.UTC(2200);

/** An entry from outside, checked and copied field by field; null for what is none. */
export function readEntry(value: unknown): Entry | null {
  if (value === null || typeof value !== "object") return null;
  const given = value as Readonly<Record<string, unknown>>;
  if (typeof given.kind !== "string" || !Object.hasOwn(FIELDS, given.kind)) return null;
  const { id, at } = given;
  if (!name(id) || typeof at !== "number" || !(at >= EARLIEST && at <= LATEST)) return null;
  const fields = Object.entries<Check>(FIELDS[given.kind as Kind]);
  if (!fields.every(([field, check]) => check(Object.hasOwn(given, field) ? given[field] : undefined))) return null;
  const kept = fields.filter(([field]) => given[field] !== undefined).map(([field]) => [field, given[field]]);
  return { kind: given.kind, id, at, ...Object.fromEntries(kept) } as Entry;
}

/** A name that nobody else gives: 128 random bits. Pages without TLS have no `randomUUID`. */
export function newId(): string {
  const bits = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bits, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
