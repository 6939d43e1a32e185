/** Where a reader goes on, and what waits: from the log, for the first lines of the home page. */
import type { Progress } from "../../progress/derive.ts";

/** Lessons in the course's order, each with its number and title. */
export interface Listed {
  readonly id: string;
  readonly name: string;
}
export interface Next {
  readonly lesson: Listed;
  /** Whether it was begun already. */
  readonly begun: boolean;
}
export interface Waiting {
  readonly due: number;
  readonly cards: number;
  /** When the next card comes back, if none is due. */
  readonly soonest: number | null;
  readonly last: {
    readonly name: string; readonly at: number; readonly labsTried: number; readonly labsPassed: number;
  };
}

/** The lesson that was left unfinished last, else the first unread one behind the last that was read. */
export function whereNext(lessons: readonly Listed[], progress: Progress): Next | null {
  const known = new Map(progress.lessons.map((state) => [state.lesson, state]));
  const met = lessons.filter(({ id }) => known.has(id));
  if (met.length === 0) return null;
  const latest = met.reduce((a, b) => (known.get(b.id)!.last > known.get(a.id)!.last ? b : a));
  if (known.get(latest.id)?.read === null) return { lesson: latest, begun: true };
  const at = lessons.indexOf(latest), unread = ({ id }: Listed): boolean => known.get(id)?.read == null;
  const lesson = lessons.slice(at + 1).find(unread) ?? lessons.find(unread);
  return lesson === undefined ? null : { lesson, begun: known.has(lesson.id) };
}

/** What the line under the map says; null before anything was done. */
export function waiting(lessons: readonly Listed[], { lessons: states, cards }: Progress, now: number): Waiting | null {
  if (states.length === 0) return null;
  const last = states.reduce((a, b) => (b.last > a.last ? b : a));
  const due = cards.filter((card) => card.due <= now).length;
  return {
    due, cards: cards.length, soonest: due > 0 || cards.length === 0 ? null : cards[0].due,
    last: { name: lessons.find(({ id }) => id === last.lesson)?.name ?? last.title, at: last.last,
      labsTried: last.labsTried, labsPassed: last.labsPassed },
  };
}
