import { computed, signal } from "@preact/signals";
import type { Anatomy, FromWorker, Next, Part, Settings, Snapshot, ToWorker } from "./protocol.ts";
import { firstPreset, readSettings, writeSettings, type ZooRow } from "./settings.ts";

export type View = "weights" | "activations" | "gradients";
export const VIEWS: readonly View[] = ["weights", "activations", "gradients"];

/** Starts a worker; messages in and out. */
export type Start = (receive: (message: FromWorker) => void) => { send(message: ToWorker): void };

/** All parts of a model, outer before inner. */
export const partsOf = (part: Part): Part[] => [part, ...part.parts.flatMap(partsOf)];

/** The state of the room and what can be done to it. */
export function createStore(address: string, zoo: readonly ZooRow[]) {
  const settings = signal<Settings>(readSettings(address, zoo));
  const anatomy = signal<Anatomy | null>(null);
  const snapshot = signal<Snapshot | null>(null);
  const next = signal<Next | null>(null);
  const failure = signal<string | null>(null);
  const playing = signal(false);
  const view = signal<View>("weights");
  /** The part that is open in the drawing, and the parameter under the inspector. */
  const open = signal<string | null>(new URLSearchParams(address).get("open"));
  const parameter = signal<string | null>(null);
  /** The reader's own text, or null. */
  const text = signal<{ readonly name: string; readonly text: string } | null>(null);
  const row = computed(() => zoo.find(({ name }) => name === settings.value.model)!);
  const parts = computed(() => (anatomy.value === null ? [] : partsOf(anatomy.value.root)));

  let engine: ReturnType<Start> | null = null;
  const same = (other: Settings): boolean => writeSettings(other) === writeSettings(settings.peek());
  function receive(message: FromWorker): void {
    if (message.type === "snapshot") {
      if (!same(message.snapshot.settings)) return;
      snapshot.value = message.snapshot;
      if (!message.snapshot.playing) playing.value = false;
      return;
    }
    if (!same(message.settings)) return;
    if (message.type === "anatomy") {
      anatomy.value = message.anatomy;
      if (!parts.value.some(({ path }) => path === open.peek())) open.value = null;
      if (!message.anatomy.parameters.some(({ name }) => name === parameter.peek())) {
        parameter.value = message.anatomy.parameters[0]?.name ?? null;
      }
    } else if (message.type === "next") {
      next.value = message.next;
    } else {
      failure.value = message.message;
      playing.value = false;
    }
  }
  const quiet = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const remember = (): void => {
    const part = open.peek() === null ? "" : `&open=${encodeURIComponent(open.peek()!)}`;
    history.replaceState(null, "", writeSettings(settings.peek()) + part + location.hash);
  };
  function restart(): void {
    const goesOn = playing.peek();
    failure.value = null;
    snapshot.value = null;
    next.value = null;
    engine?.send({ type: "open", settings: settings.peek(), text: text.peek()?.text ?? null });
    if (goesOn) engine?.send({ type: "play", quiet: quiet() });
  }
  return {
    zoo, settings, anatomy, snapshot, next, failure, playing, view, open, parameter, text, row, parts,
    start(begin: Start): void {
      engine = begin(receive);
      restart();
    },
    toggle(): void {
      playing.value = !playing.peek();
      engine?.send(playing.peek() ? { type: "play", quiet: quiet() } : { type: "pause" });
    },
    step(): void {
      playing.value = false;
      engine?.send({ type: "step" });
    },
    reset(): void {
      playing.value = false;
      restart();
    },
    change(part: Partial<Settings>): void {
      settings.value = { ...settings.peek(), ...part };
      remember();
      restart();
    },
    /** Another model of the zoo, at rest, with its own batch. */
    choose(name: string): void {
      const chosen = zoo.find((candidate) => candidate.name === name)!;
      playing.value = false;
      anatomy.value = null;
      open.value = null;
      settings.value = {
        ...readSettings(`?model=${name}`, zoo), seed: settings.peek().seed, rate: settings.peek().rate,
        preset: firstPreset(chosen)!,
      };
      remember();
      restart();
    },
    read(given: { readonly name: string; readonly text: string } | null): void {
      text.value = given;
      playing.value = false;
      restart();
    },
    /** Opens a part in place, or closes the one that is open. */
    openPart(path: string | null): void {
      open.value = open.peek() === path ? null : path;
      const inside = (part: string): boolean => part === path || part.startsWith(`${path}.`);
      const own = anatomy.peek()?.parameters.find(({ part }) => inside(part));
      if (own !== undefined && open.peek() !== null) parameter.value = own.name;
      remember();
    },
    write(prompt: string, length: number, temperature: number): void {
      engine?.send({ type: "write", prompt, length, temperature });
    },
    /** A hidden tab computes nothing. */
    visible(shown: boolean): void {
      if (playing.peek()) engine?.send(shown ? { type: "play", quiet: quiet() } : { type: "pause" });
    },
  };
}
export type Store = ReturnType<typeof createStore>;
