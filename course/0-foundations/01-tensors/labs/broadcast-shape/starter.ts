/** The shape that two shapes give together; null where they do not fit. */
export function broadcast(a: number[], b: number[]): number[] | null {
  return a;
}
