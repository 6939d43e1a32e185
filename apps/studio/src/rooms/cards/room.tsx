import { useEffect, useRef } from "preact/hooks";
import { cardsAsTsv } from "../../cards/export.ts";
import { dueSentence, inWords, type Schedule } from "../../cards/schedule.ts";
import { download } from "../../look/download.ts";
import { whole } from "../../look/number.ts";
import { RATINGS } from "../../progress/event.ts";
import type { ProgressStore } from "../../progress/store.ts";
import type { Review } from "./review.ts";

const TICK = 30_000;

export function Room({ store, review }: { store: ProgressStore; review: Review }) {
  const { cards } = store.progress.value, opened = store.entries.value !== null;
  const facts: readonly (readonly [string, number])[] = [
    ["cards", cards.length], [review.back === undefined ? "due now" : "to review", review.due.value.length],
    ["reviewed today", review.done.value],
  ];
  useEffect(() => {
    const timer = setInterval(review.tick, TICK);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="room">
      <header class="head">
        <div>
          <h1>{review.back === undefined ? "Cards" : "Review"}</h1>
          <p>{review.back === undefined
            ? "Terms and missed questions, brought back shortly before they would be forgotten."
            : `What you missed in ${lessonsInWords(review.back.lessons)}, most forgotten first. Each card comes once.`}
          </p>
        </div>
        <dl class="facts ui">
          {facts.map(([name, value]) => <div><dt>{name}</dt><dd>{opened ? whole(value) : "·"}</dd></div>)}
        </dl>
      </header>
      {opened && <Sitting review={review} cards={cards} />}
      {opened && <Pile cards={cards} now={review.now.value} />}
    </div>
  );
}

/** One card at a time: its front, then its back and four answers that say when it comes back. */
function Sitting({ review, cards }: { review: Review; cards: readonly Schedule[] }) {
  const card = review.card.value, turned = review.turned.value, waits = review.waits.value;
  const place = useRef<HTMLElement>(null), began = useRef(false);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (target.matches("input, textarea, select, a")) return;
      const rating = RATINGS[Number(event.key) - 1];
      if (rating !== undefined && review.turned.peek()) {
        event.preventDefault();
        void review.rate(rating);
      } else if (event.key === " " && !review.turned.peek() && !target.matches("button")) {
        event.preventDefault();
        review.turn();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  // The buttons change with the card: the reader's place goes on to it.
  useEffect(() => {
    if (began.current) place.current?.focus();
    began.current = true;
  }, [card?.card, turned]);
  if (card === null) {
    const said = review.back === undefined ? dueSentence(cards, review.now.value)
      : review.done.value > 0 ? "That was all of it."
        : "Nothing of these lessons has been missed yet, and none of their terms is a card.";
    return <section class="sitting"><p class="due" role="status">{said}</p></section>;
  }
  return (
    <section class="sitting" aria-label="Card">
      <article class="flash" tabIndex={-1} ref={place} aria-live="polite">
        <span class="ui">{card.lesson}, {card.reviews === 0 ? "new" : `reviewed ${times(card.reviews)}`}</span>
        <p class="front">{card.front}</p>
        {turned && <p class="back">{card.back}</p>}
      </article>
      <div class="strip ui">
        {!turned && <button type="button" onClick={review.turn}>Turn<i class="key">space</i></button>}
        {turned && waits !== null && RATINGS.map((rating, i) => (
          <button type="button" onClick={() => void review.rate(rating)}>
            {NAMES[rating]}<i class="key">{i + 1}</i> <small>{inWords(waits[rating])}</small>
          </button>
        ))}
        <button type="button" class="drop" onClick={() => void review.drop()}>Drop this card</button>
      </div>
    </section>
  );
}
const NAMES = { again: "Not known", hard: "Barely", good: "Known", easy: "At once" } as const;
const lessonsInWords = ({ length }: readonly string[]): string => (length === 1 ? "one lesson" : `${length} lessons`);
const times = (count: number): string => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`);

/** All cards, the next due first, and the way out of here for them. */
function Pile({ cards, now }: { cards: readonly Schedule[]; now: number }) {
  if (cards.length === 0) return null;
  return (
    <section class="pile" aria-labelledby="pile-title">
      <h2 id="pile-title">All cards</h2>
      <div class="scroller" tabIndex={0} role="region" aria-label="All cards as a table">
        <table class="values">
          <thead>
            <tr><th scope="col">card</th><th scope="col">lesson</th><th scope="col">due</th>
              <th scope="col" class="count">reviews</th><th scope="col" class="count">forgotten</th></tr>
          </thead>
          <tbody>
            {cards.map((card) => (
              <tr key={card.card}>
                <th scope="row">{card.front.split("\n")[0].slice(0, 80)}</th><td>{card.lesson}</td>
                <td>{card.due <= now ? "now" : `in ${inWords(card.due - now)}`}</td>
                <td class="count">{card.reviews}</td><td class="count">{card.lapses}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="actions ui">
        <button type="button" onClick={() => download(cardsAsTsv(cards), "gradus-cards.txt")}>
          Export as a table for Anki
        </button>
      </div>
    </section>
  );
}
