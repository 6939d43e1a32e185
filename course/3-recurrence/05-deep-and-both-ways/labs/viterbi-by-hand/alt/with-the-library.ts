import { nn, noGrad, tensor } from "gradus";

function made(transitions: number[][]): nn.CRF {
  const K = transitions.length, crf = new nn.CRF(K);
  crf.transitions.assign(tensor(transitions.map((row) => row.map((v) => Math.max(v, -1e6)))));
  crf.start_transitions.assign(nn.init.zeros([K]));
  crf.end_transitions.assign(nn.init.zeros([K]));
  return crf;
}
const first = (x: number[][]) => tensor([x]);

/** The library's field with these scores. */
export function pathScore(emissions: number[][], transitions: number[][], tags: number[]): number {
  const path = tensor([tags], { dtype: "i32" });
  return noGrad(() => made(transitions).score(first(emissions), path)).dataSync()[0];
}

export function viterbi(emissions: number[][], transitions: number[][]): number[] {
  return Array.from(noGrad(() => made(transitions).decode(first(emissions))).dataSync());
}

export function logPartition(emissions: number[][], transitions: number[][]): number {
  return noGrad(() => made(transitions).logPartition(first(emissions))).dataSync()[0];
}
