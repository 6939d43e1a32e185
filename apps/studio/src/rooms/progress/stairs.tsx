import { useWidth } from "../../look/width.ts";
import type { LessonState } from "../../progress/derive.ts";
import { day } from "./words.ts";

const TREAD = 40, RISE = 9;

/** The lessons met, in the order in which they were: each a tread lower than the one before. */
export function Stairs({ lessons }: { lessons: readonly LessonState[] }) {
  const { ref, width } = useWidth<HTMLElement>(900);
  // The stair falls to the right as far as its last text still fits.
  const fall = Math.max(0, Math.min(26, (width.value - 620) / Math.max(1, lessons.length - 1)));
  return (
    <section class="flights" ref={ref} aria-labelledby="stairs-title">
      <h2 id="stairs-title">The stair so far</h2>
      {lessons.length === 0 && (
        <p class="nothing">Nothing yet. The first lesson you open puts the first tread here. <a href="../">Begin</a></p>
      )}
      <ol style={{ "--rise": `${RISE}px`, "--tread": `${TREAD}px` }}>
        {lessons.map((state, i) => (
          <li key={state.lesson} class={i === lessons.length - 1 ? "now" : ""} style={{ marginLeft: `${i * fall}px` }}>
            <span class="name"><b>{state.title}</b> <small>{done(state)}</small></span>
            <span class="when">{state.read === null ? `begun ${day(state.first)}` : `read ${day(state.read)}`}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What was done in a lesson, in words; nothing that was not. */
function done({ figures, cells, labsTried, labsPassed, questions, firstRight, essays }: LessonState): string {
  const some = (count: number, one: string, many: string): string[] =>
    (count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]);
  return [
    ...some(figures, "figure", "figures"), ...some(cells, "cell", "cells"),
    ...(labsTried === 0 ? [] : [`${labsPassed} of ${labsTried} ${labsTried === 1 ? "lab" : "labs"} passed`]),
    ...(questions === 0 ? [] : [`${firstRight} of ${questions} questions right at first`]),
    ...some(essays, "essay", "essays"),
  ].join(", ");
}
