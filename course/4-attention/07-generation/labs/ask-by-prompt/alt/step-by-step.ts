export function prompt(instruction: string, examples: [string, string][], question: string): string {
  let text = instruction === "" ? "" : instruction + "\n\n";
  for (const [q, a] of examples) text += "Q: " + q + "\nA: " + a + "\n\n";
  return text + "Q: " + question + "\nA:";
}
export const answerOf = (written: string): string => written.trim().split("\n")[0].trim();
export function vote(answers: string[]): string {
  const given = answers.filter((answer) => answer !== "");
  const votes = (answer: string): number => given.filter((other) => other === answer).length;
  return given.reduce((best, answer) => (votes(answer) > votes(best) ? answer : best), given[0] ?? "");
}
export function choose(labels: string[], scores: number[][]): string {
  let best = 0, most = -Infinity;
  scores.forEach((list, i) => {
    const mean = list.reduce((a, b) => a + b, 0) / list.length;
    if (mean > most) [best, most] = [i, mean];
  });
  return labels[best];
}
