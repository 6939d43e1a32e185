// fails: steps
export interface Model<S> {
  start(): S;
  step(token: number, state: S): { scores: number[]; state: S };
}
export interface Page<S> { scores: number[]; state: S }

/** Reads tokens from a state on. */
function readFrom<S>(model: Model<S>, tokens: number[], page: Page<S>): Page<S> {
  return tokens.reduce((last, token) => model.step(token, last.state), page);
}
/** Writes on from a page. */
function writeFrom<S>(model: Model<S>, page: Page<S>, count: number): number[] {
  const written: number[] = [];
  let here = page;
  while (written.length < count) {
    if (written.length > 0) here = readFrom(model, written, page);
    written.push(here.scores.indexOf(Math.max(...here.scores)));
  }
  return written;
}

/** Reads all tokens once; at least one. */
export function read<S>(model: Model<S>, tokens: number[]): Page<S> {
  return readFrom(model, tokens, { scores: [], state: model.start() });
}

/** The tokens that follow the prompt, each time the likeliest. */
export function write<S>(model: Model<S>, prompt: number[], count: number): number[] {
  return writeFrom(model, read(model, prompt), count);
}

/** The same from several openings; the prompt is read once. */
export function branches<S>(model: Model<S>, prompt: number[], openings: number[][], count: number): number[][] {
  const page = read(model, prompt);
  return openings.map((opening) => writeFrom(model, readFrom(model, opening, page), count));
}
