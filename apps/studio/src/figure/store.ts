/** One figure on a page: what it shows, what the reader may do, what goes to the address. */
import { batch, computed, signal } from "@preact/signals";
import type { Action } from "@gradus/lessons";
import type { About, FromFigures, Shown, ToFigures, Values } from "./protocol.ts";
import { MOST_STEPS, paceOf, readAddress, strideOf, writeAddress, type Value } from "./values.ts";

/** What a figure uses of its surroundings; tests put their own in its place. */
export interface Around {
  join(listener: (message: FromFigures) => void): (message: ToFigures) => void;
  query(): string;
  /** Puts a query in the place of the present one. */
  replace(query: string): void;
  /** Whether the reader asked for less motion. */
  readonly still: boolean;
}
export type FigureStore = ReturnType<typeof createStore>;

/** `id`: "lesson/figure"; `name`: its key in the address, unique on the page. */
export function createStore(id: string, name: string, width: number, around: Around) {
  const about = signal<About | null>(null), shown = signal<Shown | null>(null), failure = signal<string | null>(null);
  const asked = readAddress(around.query(), name);
  const values = signal<Values>({}), seed = signal(asked.seed);
  const playing = signal(false), cell = signal<string | null>(null), visible = signal(true);
  /** Drags are sent one at a time, the latest last: a slow figure never lags behind the hand. */
  let waiting = false, next: ToFigures | null = null, played = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stride = 1;

  const send = around.join((message) => batch(() => receive(message)));
  const ask = (message: ToFigures): void => {
    if (waiting && (message.type === "act" || message.type === "set" || message.type === "width")) {
      next = message;
      return;
    }
    waiting = true;
    send(message);
  };
  function receive(message: FromFigures): void {
    switch (message.type) {
      case "opened":
        about.value = message.about;
        values.value = message.values;
        return;
      case "shown":
        failure.value = null;
        shown.value = message.shown;
        waiting = false;
        if (next !== null) {
          const later = next;
          next = null;
          ask(later);
        } else {
          schedule(message.shown);
          if (!playing.value) remember();
        }
        return;
      case "cell":
        cell.value = message.text;
        return;
      case "failed":
        waiting = false;
        next = null;
        playing.value = false;
        failure.value = message.message;
    }
  }
  function schedule({ done }: Shown): void {
    clearTimeout(timer);
    if (!playing.value) return;
    if (done) {
      playing.value = false;
      return;
    }
    // Off-screen and in hidden tabs nothing moves; `look` goes on from here.
    if (!visible.value) return;
    played += stride;
    stride = strideOf(played);
    timer = setTimeout(() => ask({ key: name, type: "step", count: stride }), paceOf(played));
  }
  function remember(): void {
    const now = about.value, step = shown.value?.step ?? 0;
    if (now === null) return;
    const query = around.query();
    const written = writeAddress(query, name, now.params, { values: values.value, seed: seed.value, steps: step });
    if (written !== query) around.replace(written);
  }
  const pause = (): void => {
    clearTimeout(timer);
    playing.value = false;
    remember();
  };
  const restart = (): void => {
    clearTimeout(timer);
    playing.value = false;
    ask({ key: name, type: "set", values: values.value, seed: seed.value });
  };
  return {
    id, name, about, shown, failure, values, seed, playing, cell, still: around.still,
    /** Whether there is a step left to take. */
    canStep: computed(() => about.value?.steps === true && shown.value?.done !== true),
    open(): void {
      waiting = true;
      send({ key: name, type: "open", figure: id, texts: asked.texts, seed: asked.seed, steps: asked.steps, width });
    },
    toggle(): void {
      if (playing.value) return pause();
      if (shown.value?.done === true) ask({ key: name, type: "set", values: values.value, seed: seed.value });
      if (around.still) {
        ask({ key: name, type: "step", count: MOST_STEPS });
        return;
      }
      played = 0;
      stride = 1;
      playing.value = true;
      // The first step comes at once: a press of Play is seen to do something.
      if (shown.value?.done !== true) ask({ key: name, type: "step", count: 1 });
    },
    step(): void {
      pause();
      ask({ key: name, type: "step", count: 1 });
    },
    reset: restart,
    change(parameter: string, value: Value): void {
      values.value = { ...values.value, [parameter]: value };
      restart();
    },
    reseed(next: number): void {
      seed.value = next;
      restart();
    },
    act(action: Action): void {
      if (playing.value) pause();
      ask({ key: name, type: "act", action });
    },
    resize(to: number): void {
      if (shown.value !== null || about.value !== null) ask({ key: name, type: "width", width: to });
    },
    look(seen: boolean): void {
      visible.value = seen;
      if (seen && playing.value && !waiting && shown.value !== null) schedule(shown.value);
      else if (!seen) clearTimeout(timer);
    },
    openCell(): void {
      send({ key: name, type: "cell" });
    },
  };
}
