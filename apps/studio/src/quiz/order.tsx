import { useRef } from "preact/hooks";
import type { OrderItem } from "@gradus/lessons";
import { Rich, type Format } from "./rich.tsx";
import { moved, type Question } from "./session.ts";

/** Steps to be put into order: buttons and, on a step, Alt with an arrow move it. */
export function Order({ question, item, format }: { question: Question; item: OrderItem; format: Format }) {
  const order = question.answer.value as readonly number[];
  const graded = question.verdict.value?.readable === true;
  const list = useRef<HTMLOListElement>(null);
  const move = (place: number, by: -1 | 1): void => {
    const next = moved(order, place, by);
    if (next === order) return;
    question.change(next);
    const button = by < 0 ? ".up" : ".down";
    // The button travels with its step, so that it can be pressed again.
    requestAnimationFrame(() => {
      list.current?.children[place + by]?.querySelector<HTMLElement>(button)?.focus();
    });
  };
  return (
    <ol class="order" ref={list}>
      {order.map((step, place) => {
        const mark = !graded ? "" : item.steps[step] === item.steps[place] ? "correct" : "incorrect";
        return (
          <li key={step} class={mark} onKeyDown={(event) => {
            const by = ({ ArrowUp: -1, ArrowDown: 1 } as const)[event.key];
            if (by === undefined || !event.altKey) return;
            event.preventDefault();
            move(place, by);
          }}>
            <span class="letter" aria-hidden="true">{place + 1}</span>
            <Rich text={item.steps[step]} format={format} />
            <span class="moves">
              <button type="button" class="up" aria-label={`Move step ${place + 1} up`}
                onClick={() => move(place, -1)}>↑</button>
              <button type="button" class="down" aria-label={`Move step ${place + 1} down`}
                onClick={() => move(place, 1)}>↓</button>
            </span>
            <i class="verdict-mark" aria-hidden="true" />
            {mark !== "" && <span class="unseen">{mark === "correct" ? "in its place" : "not in its place"}</span>}
          </li>
        );
      })}
    </ol>
  );
}
