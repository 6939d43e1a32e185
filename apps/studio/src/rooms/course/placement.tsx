/** Where to begin: questions from the lessons themselves. What is answered here is not recorded. */
import { effect } from "@preact/signals";
import { render } from "preact";
import type { KeyedItem } from "@gradus/lessons";
import type { PlacementItem } from "../../pages/placement.ts";
import { createSession } from "../../quiz/session.ts";
import { Quiz } from "../../quiz/quiz.tsx";
import "../../quiz/quiz.css";
import { advice, type Place } from "./advice.ts";

interface Data {
  readonly items: readonly (PlacementItem & { readonly item: KeyedItem })[];
  readonly beyond: Place | null;
}

export function start(): void {
  const room = document.getElementById("placement"), says = document.getElementById("placement-says");
  const text = document.getElementById("placement-items")?.textContent;
  if (room === null || says === null || text == null) return;
  const { items, beyond } = JSON.parse(text) as Data;
  const session = createSession(items.map(({ item }) => item), { answered: () => undefined, missed: () => undefined });
  room.replaceChildren();
  render(<Quiz session={session} format="html" name="placement" cards={false} />, room);
  let furthest = 0;
  effect(() => {
    furthest = Math.max(furthest, session.at.value);
    const answers = session.questions.map(({ attempts, missed }) =>
      (attempts.value === 0 ? null : !missed.value));
    const { sentence, places } = advice(items, answers, furthest, beyond);
    says.replaceChildren(sentence, ...places.flatMap((place, i) => [i === 0 ? " " : ", ", link(place)]),
      places.length === 0 ? "" : ".");
  });
}

function link({ lesson, name }: Place): HTMLAnchorElement {
  const anchor = document.createElement("a");
  anchor.href = `../${lesson}/`;
  anchor.textContent = name;
  return anchor;
}
