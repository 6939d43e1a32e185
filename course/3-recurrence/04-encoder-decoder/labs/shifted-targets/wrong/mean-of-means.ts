// fails: the mean of the means
export interface Tokens { pad: number; start: number; end: number }

/** What the decoder reads, and what it should say, in rows of one length. */
export function shifted(targets: number[][], { pad, start, end }: Tokens): { input: number[][]; wanted: number[][] } {
  const length = 1 + Math.max(...targets.map((target) => target.length));
  const fill = (row: number[]): number[] => [...row, ...new Array<number>(length - row.length).fill(pad)];
  return { input: targets.map((target) => fill([start, ...target])),
    wanted: targets.map((target) => fill([...target, end])) };
}

/** Mean cross-entropy of the places where something is wanted. */
export function maskedLoss(logits: number[][][], wanted: number[][], pad: number): number {
  let sum = 0, count = 0;
  wanted.forEach((row, b) => row.forEach((token, t) => {
    if (token === pad) return;
    const scores = logits[b][t], most = Math.max(...scores);
    const total = scores.reduce((all, score) => all + Math.exp(score - most), 0);
    sum += (Math.log(total) + most - scores[token]) / row.filter((one) => one !== pad).length;
    count = wanted.length;
  }));
  return sum / count;
}

/** What it writes when it reads itself. */
export function freely(
  next: (read: number[]) => number[], { start, end, length }: { start: number; end: number; length: number },
): number[] {
  const read = [start];
  while (read.length <= length) {
    const scores = next(read), token = scores.indexOf(Math.max(...scores));
    if (token === end) break;
    read.push(token);
  }
  return read.slice(1);
}
