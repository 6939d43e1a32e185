/** Pictures of numbers, small enough to be sent often: every so many rows and columns of the whole. */
export interface Thumbnail {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}
/** A parameter of the model. */
export interface Parameter {
  readonly name: string;
  /** The part that uses it, by its path. */
  readonly part: string;
  readonly shape: readonly number[];
  readonly count: number;
}
/** A module that was called, in the order of calling. */
export interface Part {
  /** Dotted path of fields: "h.0.attn"; the model itself is "". */
  readonly path: string;
  readonly kind: string;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly parts: readonly Part[];
  /** Numbers learned here and below. */
  readonly parameters: number;
  /** Multiply-adds of one example here and below. */
  readonly multiplyAdds: number;
  /** How often it adds to what it was given: 0 for a link of a chain. */
  readonly additions: number;
  /** The graph of its forward pass for one example, as the library prints it. */
  readonly graph: string;
}
/** What a model is, before any training. */
export interface Anatomy {
  readonly model: string;
  readonly preset: string;
  readonly root: Part;
  readonly parameters: readonly Parameter[];
  /** "image", "token": what one example is. */
  readonly example: string;
  readonly task: "classification" | "language" | "none";
  /** Characters of the vocabulary; empty for other tasks. */
  readonly characters: readonly string[];
  /** What guessing evenly costs, in nats. */
  readonly guessing: number;
  /** The data in words. */
  readonly data: string;
}
export interface Measurement {
  readonly step: number;
  readonly train: number;
  readonly heldOut: number;
}
/** What is seen of one parameter now. */
export interface Look {
  readonly weights: Thumbnail;
  readonly gradients: Thumbnail;
  /** Root of the mean square of the weights. */
  readonly size: number;
  /** The entry of the gradient with the largest magnitude, with its sign. */
  readonly largestGradient: number;
}
export interface Sample {
  readonly step: number;
  readonly text: string;
}
export interface Snapshot {
  readonly settings: Settings;
  readonly step: number;
  readonly playing: boolean;
  readonly history: readonly Measurement[];
  readonly looks: Readonly<Record<string, Look>>;
  /** Outputs of the parts for one example, by path. */
  readonly activations: Readonly<Record<string, Thumbnail>>;
  readonly samples: readonly Sample[];
  readonly stepTime: number | null;
  /** Bytes of all tensors that are alive. */
  readonly bytes: number;
  readonly backend: string;
}
export interface Next {
  readonly text: string;
  /** The likeliest characters that may follow, with their probabilities. */
  readonly odds: readonly (readonly [character: string, probability: number])[];
}

/** Everything that decides how a run goes. */
export interface Settings {
  readonly model: string;
  readonly preset: string;
  readonly seed: number;
  readonly rate: number;
  readonly batch: number;
}
export type ToWorker =
  /** `text`: the reader's own, or null for the passage that comes with the studio. */
  | { readonly type: "open"; readonly settings: Settings; readonly text: string | null }
  | { readonly type: "play"; readonly quiet: boolean }
  | { readonly type: "pause" }
  | { readonly type: "step" }
  | { readonly type: "write"; readonly prompt: string; readonly length: number; readonly temperature: number };
export type FromWorker =
  | { readonly type: "anatomy"; readonly anatomy: Anatomy; readonly settings: Settings }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "next"; readonly next: Next; readonly settings: Settings }
  | { readonly type: "failed"; readonly message: string; readonly settings: Settings };
