export interface Tokens { pad: number; start: number; end: number }

/** What the decoder reads, and what it should say, in rows of one length. */
export function shifted(targets: number[][], { pad, start, end }: Tokens): { input: number[][]; wanted: number[][] } {
  return { input: targets, wanted: targets };
}

/** Mean cross-entropy of the places where something is wanted. */
export function maskedLoss(logits: number[][][], wanted: number[][], pad: number): number {
  return 0;
}

/** What it writes when it reads itself. */
export function freely(
  next: (read: number[]) => number[], { start, end, length }: { start: number; end: number; length: number },
): number[] {
  return [];
}
