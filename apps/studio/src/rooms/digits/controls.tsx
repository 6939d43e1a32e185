import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { whole } from "../../look/number.ts";
import { describe } from "./describe.ts";
import {
  anotherSeed, BATCHES, HIDDEN, OPTIMIZERS, RATES, readSeed, type OptimizerName, type Settings,
} from "./settings.ts";
import type { Store } from "./store.ts";

interface Playable { readonly playing: { readonly value: boolean }; readonly toggle: () => void }
export function PlayButton({ store }: { store: Playable }) {
  const playing = store.playing.value;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <button type="button" class="play" onClick={store.toggle}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={playing ? "M1 0h4v12H1zM7 0h4v12H7z" : "M1 0l11 6-11 6z"} />
      </svg>
      <span>{playing ? "Pause" : still ? "Run to the end" : "Play"}</span>
    </button>
  );
}

interface Seeded {
  readonly settings: { readonly value: { readonly seed: number } };
  change(part: { readonly seed: number }): void;
}
/** The seed: typed, or drawn anew. What is no seed is put back. */
export function Seed({ store }: { store: Seeded }) {
  const { seed } = store.settings.value;
  return (
    <span class="seed">
      <label>
        seed
        <input type="text" inputMode="numeric" maxLength={6} value={seed}
          onChange={(event) => {
            const typed = readSeed(event.currentTarget.value);
            event.currentTarget.value = String(typed ?? seed);
            if (typed !== null && typed !== seed) store.change({ seed: typed });
          }} />
      </label>
      <button type="button" class="another" onClick={() => store.change({ seed: anotherSeed(seed, Math.random) })}>
        another
      </button>
    </span>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly choices: readonly number[];
  readonly value: number;
  readonly write: (value: number) => string;
  readonly change: (value: number) => void;
}
/** A slider over a list of values. */
function Choice({ label, choices, value, write, change }: ChoiceProps) {
  return (
    <label>
      {label}<output>{write(value)}</output>
      <input type="range" min={0} max={choices.length - 1} step={1} value={choices.indexOf(value)}
        aria-valuetext={write(value)} onInput={(event) => change(choices[Number(event.currentTarget.value)])} />
    </label>
  );
}

export function Parameters({ store }: { store: Store }) {
  const { hidden, rate, batch, optimizer } = store.settings.value;
  const change = (part: Partial<Settings>): void => store.change(part);
  return (
    <>
      <Choice label="hidden units" choices={HIDDEN} value={hidden} write={whole}
        change={(value) => change({ hidden: value })} />
      <Choice label="learning rate" choices={RATES} value={rate} write={String}
        change={(value) => change({ rate: value })} />
      <Choice label="batch" choices={BATCHES} value={batch} write={whole}
        change={(value) => change({ batch: value })} />
      <label>
        optimizer
        <select value={optimizer}
          onChange={(event) => change({ optimizer: event.currentTarget.value as OptimizerName })}>
          {Object.entries(OPTIMIZERS).map(([name, title]) => (
            <option value={name} selected={name === optimizer}>{title}</option>
          ))}
        </select>
      </label>
    </>
  );
}

const ANNOUNCE_EVERY = 5000;
/** Tells screen readers how the run goes: when it stands still, and every five seconds while it plays. */
export function Announcer({ store }: { store: Store }) {
  const text = useSignal("");
  const told = useRef(0);
  useSignalEffect(() => {
    const now = store.snapshot.value;
    if (now === null) return;
    const time = performance.now();
    if (now.playing && time - told.current < ANNOUNCE_EVERY) return;
    told.current = time;
    text.value = describe(now);
  });
  return <span class="unseen" aria-live="polite">{text.value}</span>;
}

export function CopyLink() {
  const copied = useSignal(false);
  useEffect(() => {
    if (!copied.value) return;
    const timer = setTimeout(() => { copied.value = false; }, 2000);
    return () => clearTimeout(timer);
  }, [copied.value]);
  const copy = (): void => {
    navigator.clipboard.writeText(location.href).then(() => { copied.value = true; }, () => { copied.value = false; });
  };
  return <button type="button" onClick={copy}>{copied.value ? "Link copied" : "Copy link"}</button>;
}
