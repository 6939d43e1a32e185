import type { Tensor } from "../../tensor/tensor.ts";
import { detach } from "../../tensor/gradient.ts";
import { eq, where } from "../../ops/elementwise.ts";
import { take } from "../../ops/indexing.ts";
import { unsqueeze } from "../../ops/movement.ts";

/**
 * Rows of a table: index (...), i32, table (vocabulary, features), result (..., features). The row `paddingIndex` gets
 * no gradient.
 */
export function embedding(index: Tensor, table: Tensor, paddingIndex: number | null = null): Tensor {
  const rows = take(table, index, 0);
  return paddingIndex === null ? rows : where(unsqueeze(eq(index, paddingIndex), -1), detach(rows), rows);
}
