import type { Settings } from "../rooms/digits/settings.ts";

/** The held-out digits and the sizes of the data set: what the page shows of it. */
export interface DigitsData {
  /** 64 counts (0..16) an image, one after the other. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly total: number;
  readonly trained: number;
}

/** How well the network does after some step, on digits it learns from and on digits it has never seen. */
export interface Measurement {
  readonly step: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly heldOutLoss: number;
  readonly heldOutAccuracy: number;
}

/** What a run looks like at one moment: plain, cloneable data, the only thing views and sentences see. */
export interface Snapshot {
  readonly settings: Settings;
  readonly step: number;
  /** The step at which Play stops. */
  readonly goal: number;
  readonly playing: boolean;
  readonly batchesPerEpoch: number;
  readonly parameters: number;
  readonly history: readonly Measurement[];
  /** [hidden, 64], row by row. */
  readonly weights: Float32Array;
  /** [10, hidden]: what each hidden unit adds to each digit's score. */
  readonly votes: Float32Array;
  /** The digit named for each held-out image. */
  readonly named: Uint8Array;
  /** Milliseconds a training step takes, or null before the first. */
  readonly stepTime: number | null;
  readonly backend: string;
}

/** An image before the network, and what the network makes of it. */
export interface Reading {
  readonly counts: Uint8Array;
  /** Ten probabilities; null while there is no ink. */
  readonly probabilities: Float32Array | null;
}

export type Points = readonly (readonly [x: number, y: number])[];

export type ToWorker =
  | { readonly type: "start"; readonly settings: Settings }
  /** `quiet`: run as fast as possible and report once a second, for readers who asked for less motion. */
  | { readonly type: "play"; readonly quiet: boolean }
  | { readonly type: "pause" }
  | { readonly type: "step" }
  /** What the visitor drew, in pad coordinates from 0 to 1. */
  | { readonly type: "draw"; readonly strokes: readonly Points[] }
  | { readonly type: "show"; readonly heldOut: number };

export type FromWorker =
  | { readonly type: "data"; readonly data: DigitsData }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot; readonly reading: Reading }
  | { readonly type: "reading"; readonly reading: Reading }
  | { readonly type: "failed"; readonly message: string };
