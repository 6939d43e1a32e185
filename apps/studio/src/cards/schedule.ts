import { createEmptyCard, fsrs, Rating as Grade, State, type Card, type Grade as FsrsGrade } from "ts-fsrs";
import type { Entry, Rating } from "../progress/event.ts";

/** A card and when it comes back, computed from its reviews: the log keeps what happened, never the outcome. */
export interface Schedule {
  readonly card: string;
  readonly lesson: string;
  readonly front: string;
  readonly back: string;
  /** When it is due, in milliseconds since 1970. */
  readonly due: number;
  readonly reviews: number;
  readonly lapses: number;
  /** Days after which it would be remembered nine times in ten; 0 before the first review. */
  readonly stability: number;
}

/** FSRS-6 with its published parameters; no chance in it, so that every copy of a log gives the same days. */
const scheduler = fsrs({ request_retention: 0.9, enable_fuzz: false });
const GRADES: Readonly<Record<Rating, FsrsGrade>> = {
  again: Grade.Again, hard: Grade.Hard, good: Grade.Good, easy: Grade.Easy,
};

interface Pile { made: Entry & { kind: "card-made" }; state: Card; dropped: boolean }

/** Every card that is made and not dropped, the next due first. `entries` are in order of time. */
export function schedule(entries: readonly Entry[]): Schedule[] {
  const piles = new Map<string, Pile>();
  for (const entry of entries) {
    if (entry.kind === "card-made") {
      const known = piles.get(entry.card);
      // Made again: its text is the newest, its reviews stay.
      if (known === undefined) {
        piles.set(entry.card, { made: entry, state: createEmptyCard(new Date(entry.at)), dropped: false });
      } else {
        known.made = entry;
        known.dropped = false;
      }
    } else if (entry.kind === "card-dropped") {
      const known = piles.get(entry.card);
      if (known !== undefined) known.dropped = true;
    } else if (entry.kind === "card-reviewed") {
      const known = piles.get(entry.card);
      if (known !== undefined) known.state = after(known.state, entry.rating, entry.at);
    }
  }
  return [...piles.values()].filter(({ dropped }) => !dropped).map(({ made, state }) => ({
    card: made.card, lesson: made.lesson, front: made.front, back: made.back, due: state.due.getTime(),
    reviews: state.reps, lapses: state.lapses, stability: state.state === State.New ? 0 : state.stability,
  })).sort((a, b) => a.due - b.due || (a.card < b.card ? -1 : 1));
}
const after = (state: Card, rating: Rating, at: number): Card =>
  scheduler.next(state, new Date(at), GRADES[rating]).card;

/** When a card would come back after each rating, in milliseconds from now: what the buttons say. */
export function previews(entries: readonly Entry[], card: string, now: number): Readonly<Record<Rating, number>> {
  const reviews = entries.filter((entry) => entry.kind === "card-reviewed" && entry.card === card);
  const made = entries.find((entry) => entry.kind === "card-made" && entry.card === card);
  let state = createEmptyCard(new Date(made?.at ?? now));
  for (const { rating, at } of reviews as (Entry & { kind: "card-reviewed" })[]) state = after(state, rating, at);
  const wait = (rating: Rating): number => after(state, rating, now).due.getTime() - now;
  return { again: wait("again"), hard: wait("hard"), good: wait("good"), easy: wait("easy") };
}
export const dueAt = (cards: readonly Schedule[], now: number): Schedule[] => cards.filter(({ due }) => due <= now);

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
/** A length of time in the largest unit that fits: "10 minutes", "1 day", "5 months". */
export function inWords(milliseconds: number): string {
  const units = [["year", 365 * DAY], ["month", 30 * DAY], ["day", DAY], ["hour", HOUR], ["minute", MINUTE]] as const;
  const [name, size] = units.find(([, length]) => milliseconds >= length * 0.95) ?? units[4];
  const count = Math.max(1, Math.round(milliseconds / size));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
/** What is due, as a sentence. */
export function dueSentence(cards: readonly Schedule[], now: number): string {
  const due = dueAt(cards, now).length;
  const cardsAre = (n: number): string => `${n} ${n === 1 ? "card" : "cards"}`;
  if (cards.length === 0) return "No cards yet. A missed question makes one; so does a term you add.";
  if (due > 0) return `${cardsAre(due)} of ${cards.length} ${due === 1 ? "is" : "are"} due.`;
  const next = cards[0].due - now;
  const soon = cards.filter((card) => card.due - now <= Math.max(next, DAY)).length;
  return next <= DAY ? `No cards now. ${soon} ${soon === 1 ? "comes" : "come"} back within ${inWords(DAY)}.`
    : `No cards today. The next comes back in ${inWords(next)}.`;
}
