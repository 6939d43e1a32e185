export interface Model<S> {
  start(): S;
  step(token: number, state: S): { scores: number[]; state: S };
}
export interface Page<S> { scores: number[]; state: S }

/** Reads all tokens once; at least one. */
export function read<S>(model: Model<S>, tokens: number[]): Page<S> {
  return { scores: [], state: model.start() };
}

/** The tokens that follow the prompt, each time the likeliest. */
export function write<S>(model: Model<S>, prompt: number[], count: number): number[] {
  return [];
}

/** The same from several openings; the prompt is read once. */
export function branches<S>(model: Model<S>, prompt: number[], openings: number[][], count: number): number[][] {
  return [];
}
