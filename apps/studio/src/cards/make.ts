import { rightAnswer, type KeyedItem, type Term } from "@gradus/lessons";
import type { Happening } from "../progress/event.ts";

type CardMade = Happening & { kind: "card-made" };
/** How a page's markup becomes a card's plain text: a log may come from elsewhere and is never shown as markup. */
type AsText = (markup: string) => string;
const same: AsText = (text) => text;

/** A card that asks what a term means. */
export const cardOfTerm = (lesson: string, { id, term, text }: Term, asText = same): CardMade =>
  ({ kind: "card-made", card: `term/${id}`, lesson, front: asText(term), back: asText(text) });

/** A card of a question that was missed: the question in front, the right answer and why behind. */
export function cardOfItem(lesson: string, item: KeyedItem, asText = same): CardMade {
  const question = asText(item.prompt);
  const answer = item.kind === "choice" || item.kind === "multi" || item.kind === "order"
    ? asText(rightAnswer(item)) : rightAnswer(item);
  return {
    kind: "card-made", card: `quiz/${lesson}/${item.id}`, lesson,
    front: item.kind === "trace" || item.kind === "shape" ? `${question}\n\n${item.code}` : question,
    back: `${answer}\n\n${asText(item.explain)}`.trim(),
  };
}
