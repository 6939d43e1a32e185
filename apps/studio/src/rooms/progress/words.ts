import type { Entry } from "../../progress/event.ts";

/** A day as the studio writes it: 5 January 2026, in the reader's own time zone. */
export function day(at: number): string {
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }).format(at);
}
export const moment = (at: number): string => new Intl.DateTimeFormat("en-GB", {
  day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
}).format(at);

/** What an entry says, and where it happened. */
export function inWords(entry: Entry): { readonly what: string; readonly where: string } {
  switch (entry.kind) {
    case "lesson-read": return { what: "read to the end", where: entry.title ?? entry.lesson };
    case "figure-touched": return { what: `figure ${entry.figure} moved`, where: entry.lesson };
    case "cell-run": return { what: `cell ${entry.cell} run`, where: entry.lesson };
    case "lab-tried": {
      const all = entry.passed === entry.checks;
      const checks = all ? `all ${entry.checks} checks pass` : `${entry.passed} of ${entry.checks} checks pass`;
      return { what: `lab ${entry.lab}: ${checks}`, where: entry.lesson };
    }
    case "quiz-answered":
      return { what: `question ${entry.item}: ${entry.right ? "right" : "missed"}`, where: entry.lesson };
    case "essay-marked":
      return { what: `essay ${entry.essay}: ${entry.met} of ${entry.points} points`, where: entry.lesson };
    case "card-made": return { what: `card made: ${shortened(entry.front)}`, where: entry.lesson };
    case "card-dropped": return { what: "card dropped", where: entry.card };
    case "card-reviewed": return { what: `card reviewed: ${entry.rating}`, where: entry.card };
    case "path-chosen": return { what: "path chosen", where: entry.path };
  }
}
function shortened(text: string, longest = 60): string {
  const [line] = text.split("\n");
  return line.length <= longest && line === text ? text : `${line.slice(0, longest).trimEnd()}…`;
}
