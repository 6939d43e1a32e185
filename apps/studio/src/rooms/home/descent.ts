import { computed, signal } from "@preact/signals";
import { fixed } from "../../look/number.ts";
import { contour, levelsOf } from "./contours.ts";
import type { Heights, Stop, Weights } from "./landscape.ts";
import type { Rooms } from "./rooms.ts";
import type { FromMap, ToMap } from "./worker.ts";

/** Left of the pass and above it: the way down first leads there. */
export const FIRST_START: Weights = [-1.1, 2];
const COLUMNS = 109, ROWS = 73, STEP_TIME = 160;

/** One sentence about where the descent stands. */
export function describe(stops: readonly Stop[], at: number): string {
  const stop = stops[at];
  if (stop === undefined) return "Measuring the ground.";
  const [a, b] = stop.at.map((value) => fixed(value, 2));
  const here = `weights ${a} and ${b}, loss ${fixed(stop.loss)}`;
  if (at === 0) {
    return stops.length === 1 ? `Flat ground: ${here}. Nothing pulls either way.` : `The start: ${here}. Press play.`;
  }
  const end = at === stops.length - 1 ? " Here the ground is flat enough to stop." : "";
  return `Step ${at}: ${here}, slope ${fixed(stop.slope)}.${end}`;
}

/** The map of the home page and a descent on it. Views read the signals. */
export function createDescent() {
  const heights = signal<Heights | null>(null), rooms = signal<Rooms | null>(null);
  const contours = computed(() => {
    const ground = heights.value;
    return ground === null ? [] : levelsOf(ground).map((level) => contour(ground, level));
  });
  const start = signal<Weights>(FIRST_START);
  const stops = signal<readonly Stop[]>([]);
  const at = signal(0);
  const playing = signal(false);
  let worker: Worker | null = null;
  let timer = 0;
  /** The worker answers one start at a time; the newest waits. */
  let busy = false, waiting: Weights | null = null;
  const send = (message: ToMap): void => worker?.postMessage(message);
  function ask(from: Weights): void {
    if (busy) waiting = from;
    else {
      busy = true;
      send({ type: "descend", start: from });
    }
  }
  function receive({ data }: MessageEvent<FromMap>): void {
    if (data.type === "heights") {
      heights.value = data.heights;
      return;
    }
    if (data.type === "rooms") {
      rooms.value = data.rooms;
      return;
    }
    busy = false;
    stops.value = data.stops;
    at.value = Math.min(at.peek(), data.stops.length - 1);
    if (waiting !== null) {
      const next = waiting;
      waiting = null;
      ask(next);
    }
  }
  function pause(): void {
    clearInterval(timer);
    playing.value = false;
  }
  const atEnd = (): boolean => at.peek() >= stops.peek().length - 1;
  function step(): void {
    if (!atEnd()) at.value++;
    if (atEnd()) pause();
  }
  return {
    heights, contours, start, stops, at, playing, rooms,
    open(): void {
      worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "gradus-map" });
      worker.onmessage = receive;
      send({ type: "heights", columns: COLUMNS, rows: ROWS });
      ask(start.peek());
      send({ type: "rooms" });
    },
    toggle(): void {
      if (playing.peek()) return pause();
      if (atEnd()) at.value = 0;
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        at.value = stops.peek().length - 1;
        return;
      }
      playing.value = true;
      timer = window.setInterval(() => { if (document.visibilityState === "visible") step(); }, STEP_TIME);
    },
    step(): void {
      pause();
      if (atEnd()) at.value = 0;
      else step();
    },
    reset(): void {
      pause();
      start.value = FIRST_START;
      at.value = 0;
      ask(FIRST_START);
    },
    move(to: Weights): void {
      pause();
      start.value = to;
      at.value = 0;
      ask(to);
    },
  };
}
export type Descent = ReturnType<typeof createDescent>;
