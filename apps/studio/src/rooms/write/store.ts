import { computed, signal } from "@preact/signals";
import type { Choice, Facts, FromWorker, ToWorker, Written } from "./protocol.ts";

/** Where a text may begin. */
export const BEGINNINGS = ["The gradient", "A layer", "Every weight", "What does a perceptron"] as const;
export const DEFAULTS: Choice = { temperature: 0.7, topK: 40, topP: 0.95, repetitionPenalty: 1.1 };
const LONGEST = 200;
/** Tokens of one press of “Keep going”. */
export const KEEP_GOING = 40;

/** The state of the room: where the text begins, what was written, and the token that is looked at. */
export function createStore(address: string, start: (receive: (message: FromWorker) => void) => (m: ToWorker) => void) {
  const query = new URLSearchParams(address);
  const number = (name: keyof Choice, least: number, most: number): number => {
    const given = Number(query.get(name) ?? NaN);
    return Number.isFinite(given) ? Math.min(most, Math.max(least, given)) : DEFAULTS[name];
  };
  const prompt = signal((query.get("from") ?? BEGINNINGS[0]).slice(0, LONGEST));
  const seed = signal(Math.max(0, Math.trunc(Number(query.get("seed") ?? 1)) || 0));
  const choice = signal<Choice>({
    temperature: number("temperature", 0, 2), topK: Math.round(number("topK", 1, 1024)), topP: number("topP", 0.05, 1),
    repetitionPenalty: number("repetitionPenalty", 1, 2),
  });
  const facts = signal<Facts | null>(null), failure = signal<string | null>(null);
  const written = signal<readonly Written[]>([]), looked = signal<number | null>(null), writing = signal(false);
  let id = 0;
  const send = start((message) => {
    if (message.type === "ready") {
      facts.value = message.facts;
      return;
    }
    if (message.id !== id && message.id !== 0) return;
    if (message.type === "written") {
      written.value = [...written.value, message.written];
      looked.value = null;
    } else {
      writing.value = false;
      if (message.type === "failed") failure.value = message.message;
    }
  });
  const remember = (): void => {
    const state = Object.entries(choice.peek()).map(([name, value]) => [name, String(value)]);
    history.replaceState(null, "", `?${new URLSearchParams([["from", prompt.peek()], ["seed", String(seed.peek())],
      ...state])}${location.hash}`);
  };
  const stop = (): void => {
    writing.value = false;
    send({ id: ++id, prompt: "", length: 0, seed: 0, choice: choice.peek() });
  };
  const startOver = (): void => {
    stop();
    written.value = [];
    looked.value = null;
    failure.value = null;
    remember();
  };
  return {
    prompt, seed, choice, facts, failure, written, looked, writing, stop, startOver,
    /** The token whose candidates are shown: the one looked at, else the last. */
    shown: computed(() => written.value[looked.value ?? written.value.length - 1] ?? null),
    text: computed(() => prompt.value + written.value.map(({ text }) => text).join("")),
    /** Goes on for so many tokens. */
    write(length: number): void {
      if (writing.peek() || facts.peek() === null) return;
      writing.value = true;
      const text = prompt.peek() + written.peek().map((one) => one.text).join("");
      // Every continuation draws from a stream of its own, so that a text comes again by the same presses.
      send({ id: ++id, prompt: text, length, seed: seed.peek() * 10_007 + written.peek().length,
        choice: choice.peek() });
    },
    begin(text: string): void {
      prompt.value = text.slice(0, LONGEST);
      startOver();
    },
    set(name: keyof Choice, value: number): void {
      choice.value = { ...choice.peek(), [name]: value };
      remember();
    },
    reseed(value: number): void {
      seed.value = value;
      startOver();
    },
    look(place: number | null): void {
      looked.value = place;
    },
  };
}
export type Store = ReturnType<typeof createStore>;
