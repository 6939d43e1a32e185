// fails: without an empty line
export type Example = [question: string, answer: string];

/** The text to be continued. */
export function prompt(instruction: string, examples: Example[], question: string): string {
  const blocks = [...examples.map(([q, a]) => `Q: ${q}\nA: ${a}`), `Q: ${question}\nA:`];
  return [...(instruction === "" ? [] : [instruction]), ...blocks].join("\n");
}

/** The answer in what was written. */
export function answerOf(written: string): string {
  return written.split("\n").map((line) => line.trim()).find((line) => line !== "") ?? "";
}

/** The most frequent answer. */
export function vote(answers: string[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) if (answer !== "") counts.set(answer, (counts.get(answer) ?? 0) + 1);
  let best = "", most = 0;
  for (const [answer, count] of counts) if (count > most) [best, most] = [answer, count];
  return best;
}

/** The label with the largest mean log-probability. */
export function choose(labels: string[], scores: number[][]): string {
  const means = scores.map((list) => list.reduce((a, b) => a + b, 0) / list.length);
  return labels[means.indexOf(Math.max(...means))];
}
