// fails: The result has the larger size on each axis
export function broadcast(a: number[], b: number[]): number[] | null {
  return String(a) === String(b) ? a : null;
}
