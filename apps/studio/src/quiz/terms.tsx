import type { Term } from "@gradus/lessons";
import { cardOfTerm } from "../cards/make.ts";
import type { ProgressStore } from "../progress/store.ts";
import { asText, Rich, type Format } from "./rich.tsx";

/** The terms of a lesson and whether they are cards: each can be added, or all at once. */
export function Terms({ terms, lesson, format, store }: {
  terms: readonly Term[]; lesson: string; format: Format; store: ProgressStore;
}) {
  const cards = new Set(store.progress.value.cards.map(({ card }) => card));
  const isCard = ({ id }: Term): boolean => cards.has(`term/${id}`);
  const missing = terms.filter((term) => !isCard(term));
  const make = (term: Term): void => void store.record(cardOfTerm(lesson, term, (text) => asText(text, format)));
  return (
    <section class="term-cards" aria-label="Cards of this lesson">
      <table class="values">
        <caption>{terms.length - missing.length} of {terms.length} terms of this lesson are cards.</caption>
        <tbody>
          {terms.map((term) => (
            <tr key={term.id}>
              <th scope="row"><Rich text={term.term} format={format} /></th>
              <td>{isCard(term) ? "a card"
                : <button type="button" class="quiet" aria-label={`Add a card: ${asText(term.term, format)}`}
                  onClick={() => make(term)}>Add</button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {missing.length > 0 && (
        <button type="button" class="button" onClick={() => missing.forEach(make)}>
          Add {missing.length === 1 ? "the last one" : `all ${missing.length}`}
        </button>
      )}
    </section>
  );
}
