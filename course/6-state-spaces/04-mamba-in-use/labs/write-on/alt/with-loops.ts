interface Model<S> { start(): S; step(token: number, state: S): { scores: number[]; state: S } }
interface Page<S> { scores: number[]; state: S }

function best(scores: number[]): number {
  let found = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[found]) found = i;
  return found;
}
export function read<S>(model: Model<S>, [first, ...rest]: number[]): Page<S> {
  let page = model.step(first, model.start());
  for (const token of rest) page = model.step(token, page.state);
  return page;
}
function on<S>(model: Model<S>, page: Page<S>, count: number): number[] {
  const tokens: number[] = [];
  for (let i = 0; i < count; i++) {
    tokens.push(best(page.scores));
    if (i + 1 < count) page = model.step(tokens[i], page.state);
  }
  return tokens;
}
export const write = <S>(model: Model<S>, prompt: number[], count: number): number[] =>
  on(model, read(model, prompt), count);
export function branches<S>(model: Model<S>, prompt: number[], openings: number[][], count: number): number[][] {
  const bookmark = read(model, prompt), made: number[][] = [];
  for (const opening of openings) {
    let page = bookmark;
    for (const token of opening) page = model.step(token, page.state);
    made.push(on(model, page, count));
  }
  return made;
}
