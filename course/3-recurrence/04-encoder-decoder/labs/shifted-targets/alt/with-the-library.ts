import { F, tensor } from "gradus";

export interface Tokens { pad: number; start: number; end: number }

export function shifted(targets: number[][], { pad, start, end }: Tokens): { input: number[][]; wanted: number[][] } {
  let longest = 0;
  for (const { length } of targets) longest = Math.max(longest, length);
  const input: number[][] = [], wanted: number[][] = [];
  for (const target of targets) {
    const row: number[] = [start, ...target, end];
    const read: number[] = row.slice(0, -1), said: number[] = row.slice(1);
    while (read.length < longest + 1) {
      read.push(pad);
      said.push(pad);
    }
    input.push(read);
    wanted.push(said);
  }
  return { input, wanted };
}

export async function maskedLoss(logits: number[][][], wanted: number[][], pad: number): Promise<number> {
  const flat = logits.flat(), targets = tensor(Int32Array.from(wanted.flat()));
  return await F.crossEntropy(tensor(flat), targets, { ignoreIndex: pad }).item();
}

export function freely(
  next: (read: number[]) => number[], { start, end, length }: { start: number; end: number; length: number },
): number[] {
  const written: number[] = [];
  for (let t = 0; t < length; t++) {
    const scores = next([start, ...written]);
    let best = 0;
    scores.forEach((score, token) => {
      if (score > scores[best]) best = token;
    });
    if (best === end) return written;
    written.push(best);
  }
  return written;
}
