import { ShapeError } from "../../vocab/errors.ts";
import { formatShape, sameShape } from "../../vocab/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { matmul } from "../../ops/contract.ts";
import { iota, zerosLike } from "../../ops/create.ts";
import { add, exp, le, mul, sub, where } from "../../ops/elementwise.ts";
import { cumsum, recurrence } from "../../ops/loop.ts";
import { broadcastTo, concat, narrow, pad, reshape, transpose, unsqueeze } from "../../ops/movement.ts";

/**
 * The state spaces of Mamba-2 by chunks: h[t] = e^(dt[t] A) h[t-1] + dt[t] x[t] B[t]^T, y[t] = h[t] C[t] + D x[t].
 *
 * x (b, T, H, P), dt (b, T, H), A (H), B and C (b, T, G, N) with H / G heads for each of them, D (H); result as x.
 * Inside a chunk of Q steps the model is a masked matrix product like attention, between chunks a recurrence of T / Q
 * steps; the numbers are those of the sequential scan. Dao and Gu, "Transformers are SSMs", 2024, section 6.
 */
export function stateSpaceDuality(
  x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, chunk = 64,
): Tensor {
  const [b, T, H, P] = x.shape, [, , G, N] = B.shape;
  const expected: [string, Tensor, number[]][] =
    [["dt", dt, [b, T, H]], ["A", A, [H]], ["B", B, [b, T, G, N]], ["C", C, [b, T, G, N]], ["D", D, [H]]];
  for (const [name, value, shape] of expected) {
    if (x.shape.length !== 4 || !sameShape(value.shape, shape) || H % G !== 0) {
      throw new ShapeError(`stateSpaceDuality: with x ${formatShape(x.shape)} and ${G} groups of a state of ${N}, ` +
        `${name} is ${formatShape(value.shape)} and should be ${formatShape(shape)}`);
    }
  }
  const Q = Math.min(chunk, T), c = Math.ceil(T / Q), R = H / G;
  // Steps behind the end have dt = 0: they neither add nor decay.
  const chunked = (y: Tensor, ...rest: number[]): Tensor => {
    const whole = pad(y, y.shape.map(() => 0), y.shape.map((_, i) => (i === 1 ? c * Q - T : 0)));
    return reshape(whole, [b, c, Q, ...rest]);
  };
  const heads = (y: Tensor): Tensor => y.permute([0, 1, 3, 4, 2, 5]);                  // (b, c, G, R, Q, ..)
  const input = heads(chunked(mul(x, unsqueeze(dt, 3)), G, R, P));                     // dt x: (b, c, G, R, Q, P)
  const decay = chunked(mul(dt, A), G, R).permute([0, 1, 3, 4, 2]);                    // dt A: (b, c, G, R, Q)
  const [keys, queries] = [B, C].map((y) =>                                            // (b, c, G, 1, Q, N)
    unsqueeze(chunked(y, G, N).permute([0, 1, 3, 2, 4]), 3));
  const total = cumsum(decay, 4);

  // Inside a chunk: step i hears step j <= i, faded by what lies between them.
  const between = sub(unsqueeze(total, 5), unsqueeze(total, 4));                       // (b, c, G, R, Q, Q)
  const fade = exp(where(le(iota(Q), reshape(iota(Q), [Q, 1])), between, -Infinity));
  const within = matmul(mul(matmul(queries, transpose(keys)), fade), input);           // (b, c, G, R, Q, P)

  const y = c === 1 ? within : add(within, mul(unsqueeze(exp(total), 5), across(queries, keys, input, total)));
  const joined = reshape(y.permute([0, 1, 4, 2, 3, 5]), [b, c * Q, H, P]);
  return add(narrow(joined, 1, 0, T), mul(x, reshape(D, [H, 1])));
}
/** What steps hear from the chunks before theirs, as it was when their chunk began: (b, c, G, R, Q, P). */
function across(queries: Tensor, keys: Tensor, input: Tensor, total: Tensor): Tensor {
  const [, c, , , Q] = total.shape, last = narrow(total, 4, Q - 1, 1);                 // (b, c, G, R, 1)
  // What each chunk leaves behind, and what it finds: (b, c, G, R, N, P).
  const left = matmul(transpose(mul(keys, unsqueeze(exp(sub(last, total)), 5))), input);
  const kept = broadcastTo(unsqueeze(exp(last), 5), left.shape);
  const after = recurrence(kept, left, null, 1);
  const found = concat([zerosLike(narrow(after, 1, 0, 1)), narrow(after, 1, 0, c - 1)], 1);
  return matmul(queries, found);
}
