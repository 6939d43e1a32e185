type Rows = number[][];

/** By the table of all pairs. */
export function parallel(q: Rows, k: Rows, v: Rows, fade: number): Rows {
  return v;
}

/** By a state that walks along. */
export function recurrent(q: Rows, k: Rows, v: Rows, fade: number): Rows {
  return v;
}

/** By tables inside chunks, and a state between them. */
export function chunked(q: Rows, k: Rows, v: Rows, fade: number, size: number): Rows {
  return v;
}
