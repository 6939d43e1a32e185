/** What the page keeps of a lab between visits: the code, the attempts and how far down the ladder the reader went. */
export interface LabMemory {
  readonly code: string;
  readonly attempts: number;
  readonly hints: number;
  readonly passed: boolean;
}
/** As much of localStorage as is used. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}
const keyOf = (id: string): string => `gradus-lab:${id}`;

/** What is kept of a lab; the starter where nothing (or nothing sensible) is. */
export function recall(shelf: Shelf | null, id: string, starter: string): LabMemory {
  const fresh = { code: starter, attempts: 0, hints: 0, passed: false };
  try {
    const kept: unknown = JSON.parse(shelf?.getItem(keyOf(id)) ?? "null");
    if (typeof kept !== "object" || kept === null) return fresh;
    const { code, attempts, hints, passed } = kept as Partial<Record<keyof LabMemory, unknown>>;
    const count = (value: unknown): number => (typeof value === "number" && value >= 0 ? Math.floor(value) : 0);
    return {
      code: typeof code === "string" ? code : starter,
      attempts: count(attempts),
      hints: count(hints),
      passed: passed === true,
    };
  } catch {
    return fresh;
  }
}
export function keep(shelf: Shelf | null, id: string, memory: LabMemory): void {
  try {
    shelf?.setItem(keyOf(id), JSON.stringify(memory));
  } catch {
    // Without storage the code lasts as long as the page.
  }
}

const ORDINALS = [
  "first",
  "second",
  "third",
  "fourth",
  "fifth",
  "sixth",
  "seventh",
  "eighth",
  "ninth",
  "tenth",
  "eleventh",
  "twelfth",
];
/** "third attempt, 3 of 5 checks pass". */
export function attemptText(attempts: number, passing: number | null, checks: number): string {
  if (attempts === 0) return "not tried yet";
  const which = ORDINALS[attempts - 1] ?? `${attempts}th`;
  return `${which} attempt${passing === null ? "" : `, ${passing} of ${checks} checks pass`}`;
}
