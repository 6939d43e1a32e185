import { computed, signal } from "@preact/signals";
import { startEngine, type Engine } from "../../engine/client.ts";
import type { DigitsData, FromWorker, Points, Reading, Snapshot } from "../../engine/protocol.ts";
import { mistakes } from "./describe.ts";
import { readSettings, writeSettings, type Settings } from "./settings.ts";

/** What lies before the network: strokes of the visitor's, or a held-out digit. */
export type Before =
  | { readonly kind: "strokes"; readonly strokes: readonly Points[] }
  | { readonly kind: "digit"; readonly index: number };

/** Shorter runs, such as those a slider leaves behind while it moves, are not worth comparing with. */
const WORTH_KEEPING = 10;
const EMPTY: Reading = { counts: new Uint8Array(64), probabilities: null };

/** The state of the room and what can be done to it. Views read the signals; nothing here knows of a view. */
export function createStore(address: string) {
  const settings = signal<Settings>(readSettings(address));
  const data = signal<DigitsData | null>(null);
  const snapshot = signal<Snapshot | null>(null);
  /** The run before this one, kept for comparison. */
  const previous = signal<Snapshot | null>(null);
  const reading = signal<Reading>(EMPTY);
  const before = signal<Before>({ kind: "strokes", strokes: [] });
  const unit = signal(0);
  const failure = signal<string | null>(null);
  /** What the visitor asked for; the snapshot follows it. */
  const playing = signal(false);
  const wrong = computed(() => {
    const now = snapshot.value, known = data.value;
    return now === null || known === null ? [] : mistakes(now.named, known.labels);
  });
  const truth = computed(() => {
    const { value } = before;
    return value.kind === "digit" && data.value !== null ? data.value.labels[value.index] : null;
  });

  let engine: Engine | null = null;
  /** Snapshots of a run that was replaced may still arrive. */
  let awaited: Settings | null = null;
  function receive(message: FromWorker): void {
    switch (message.type) {
      case "data":
        data.value = message.data;
        break;
      case "snapshot":
        if (writeSettings(message.snapshot.settings) !== writeSettings(settings.peek())) return;
        if (awaited !== null && message.snapshot.step !== 0) return;
        awaited = null;
        snapshot.value = message.snapshot;
        reading.value = message.reading;
        if (!message.snapshot.playing && message.snapshot.step === message.snapshot.goal) playing.value = false;
        break;
      case "reading":
        reading.value = message.reading;
        break;
      case "failed":
        playing.value = false;
        failure.value = message.message;
    }
  }

  const quiet = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;
  function play(): void {
    playing.value = true;
    engine?.send({ type: "play", quiet: quiet() });
  }
  function pause(): void {
    playing.value = false;
    engine?.send({ type: "pause" });
  }
  function restart(): void {
    const old = snapshot.peek();
    if (old !== null && old.step > WORTH_KEEPING) previous.value = old;
    awaited = settings.peek();
    unit.value = Math.min(unit.peek(), settings.peek().hidden - 1);
    failure.value = null;
    engine?.send({ type: "start", settings: settings.peek() });
    if (playing.peek()) play();
  }
  const look = (value: Before): void => {
    before.value = value;
    if (value.kind === "strokes") engine?.send({ type: "draw", strokes: value.strokes });
    else engine?.send({ type: "show", heldOut: value.index });
  };

  return {
    settings, data, snapshot, previous, reading, before, unit, failure, playing, wrong, truth,
    open(): void {
      engine = startEngine(receive);
      restart();
    },
    toggle: () => (playing.peek() ? pause() : play()),
    step(): void {
      playing.value = false;
      engine?.send({ type: "step" });
    },
    reset(): void {
      playing.value = false;
      restart();
    },
    /** New settings start the run again from its seed; a run that plays goes on playing. */
    change(part: Partial<Settings>): void {
      settings.value = { ...settings.peek(), ...part };
      history.replaceState(null, "", writeSettings(settings.peek()) + location.hash);
      restart();
    },
    draw: (strokes: readonly Points[]) => look({ kind: "strokes", strokes }),
    show: (index: number) => look({ kind: "digit", index }),
    /** A hidden tab computes nothing; what the visitor asked for goes on when the tab is back. */
    visible(shown: boolean): void {
      if (!playing.peek()) return;
      engine?.send(shown ? { type: "play", quiet: quiet() } : { type: "pause" });
    },
  };
}
export type Store = ReturnType<typeof createStore>;
