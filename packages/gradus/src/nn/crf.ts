import { ShapeError } from "../vocab/errors.ts";
import { formatShape } from "../vocab/shape.ts";
import { add, cast, lt, mul, where } from "../ops/elementwise.ts";
import { iota } from "../ops/create.ts";
import { gather, take } from "../ops/indexing.ts";
import { scan } from "../ops/loop.ts";
import { broadcastTo, concat, narrow, reshape, select, squeeze, transpose, unsqueeze } from "../ops/movement.ts";
import { amax, argmax, mean, sum } from "../ops/reduce.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logSumExp } from "./functional/log-sum.ts";
import { uniform } from "./init.ts";
import { Module } from "./module.ts";
import { parameter } from "./parameter.ts";

/**
 * A linear-chain conditional random field: the probability of a whole sequence of tags y given scores x of each tag at
 * each place,
 *
 *   p(y | x) = e^(s(x, y)) / Z(x),   s(x, y) = start[y_1] + sum_t x[t, y_t] + sum_t A[y_(t-1), y_t] + end[y_T],
 *
 * with Z(x) the sum of e^s over all sequences of tags. Lafferty, McCallum and Pereira 2001; over a recurrent network:
 * Huang, Xu and Yu 2015. Field names are those of the package pytorch-crf.
 *
 * `mask` (B, T) is true where a sequence lasts, from its first place on; null: everywhere. What stands at other places
 * changes nothing.
 *
 * Letters: B sequences, T places, K tags.
 */
export class CRF extends Module {
  readonly start_transitions: Tensor;
  readonly end_transitions: Tensor;
  /** A[i, j]: score of tag j behind tag i. */
  readonly transitions: Tensor;
  /** K. */
  readonly tags: number;

  constructor(tags: number) {
    super();
    this.start_transitions = parameter(uniform([tags], -0.1, 0.1));
    this.end_transitions = parameter(uniform([tags], -0.1, 0.1));
    this.transitions = parameter(uniform([tags, tags], -0.1, 0.1));
    this.tags = tags;
  }
  /** Mean over the sequences of -ln p(y | x): emissions (B, T, K), tags (B, T), result one number. */
  forward(emissions: Tensor, tags: Tensor, mask: Tensor | null = null): Tensor {
    return mean(this.logPartition(emissions, mask).sub(this.score(emissions, tags, mask)));
  }
  /**
   * ln Z(x) by the forward algorithm: alpha[1] = start + x[1], alpha[t, j] = x[t, j] + ln sum_i e^(alpha[t-1, i] +
   * A[i, j]), ln Z = ln sum_j e^(alpha[T, j] + end[j]). Emissions (B, T, K), result (B).
   */
  logPartition(emissions: Tensor, mask: Tensor | null = null): Tensor {
    const { first, rest, lasts } = this.#steps("logPartition", emissions, mask);
    const { carries: [alpha] } = scan([first], [rest, lasts], [this.transitions], ([a], [own, here], [A]) => {
      const next = add(logSumExp(add(unsqueeze(a, 2), A), 1), own);          // (B, K, K) over i
      return { carries: [where(here, next, a)], results: [] };
    });
    return logSumExp(add(alpha, this.end_transitions), 1);
  }
  /** s(x, y): emissions (B, T, K), tags (B, T), result (B). */
  score(emissions: Tensor, tags: Tensor, mask: Tensor | null = null): Tensor {
    const [B, T, K] = this.#check("score", emissions, mask);
    if (tags.shape[0] !== B || tags.shape[1] !== T) {
      throw new ShapeError(`CRF.score: tags are ${formatShape(tags.shape)}; they need a number for each of the ` +
        `${B} x ${T} places of the emissions ${formatShape(emissions.shape)}`);
    }
    const y = cast(tags, "i32"), counts = this.#counts(emissions, mask);     // (B, T)
    const own = squeeze(gather(emissions, 2, unsqueeze(y, 2)), 2);           // (B, T)
    const before = narrow(y, 1, 0, T - 1), behind = narrow(y, 1, 1, T - 1);
    const pairs = take(reshape(this.transitions, [K * K]), add(mul(before, K), behind)); // (B, T - 1)
    const steps = mul(pairs, narrow(counts, 1, 1, T - 1));
    const last = cast(sum(counts, 1, { keepdim: true }).sub(1), "i32");      // (B, 1)
    const end = take(this.end_transitions, squeeze(gather(y, 1, last), 1));
    return sum(mul(own, counts), 1).add(sum(steps, 1)).add(take(this.start_transitions, select(y, 1, 0))).add(end);
  }
  /**
   * The most probable tags by Viterbi's algorithm: the forward algorithm with the largest in place of the sum, and back
   * along the tags that were the largest. Emissions (B, T, K), result (B, T), i32; behind the end of a sequence stands
   * its last tag. Viterbi 1967.
   */
  decode(emissions: Tensor, mask: Tensor | null = null): Tensor {
    const [B, , K] = this.#check("decode", emissions, mask);
    const { first, rest, lasts } = this.#steps("decode", emissions, mask);
    const same = broadcastTo(iota(K), [B, K]);
    const { carries: [best], results: [from] } =
      scan([first], [rest, lasts], [this.transitions, same], ([a], [own, here], [A, stay]) => {
        const reached = add(unsqueeze(a, 2), A);                             // (B, K, K)
        const next = add(amax(reached, 1), own);
        return { carries: [where(here, next, a)], results: [where(here, argmax(reached, 1), stay)] };
      });
    const last = argmax(add(best, this.end_transitions), 1);                 // (B)
    const { results: [earlier] } = scan([last], [from], [], ([tag], [before]) => {
      const next = squeeze(gather(before, 1, unsqueeze(tag, 1)), 1);
      return { carries: [next], results: [next] };
    }, { reverse: true });
    return transpose(concat([earlier, unsqueeze(last, 0)], 0), 0, 1);        // (B, T)
  }
  /** The first scores (B, K), those of the later places (T - 1, B, K), and where these last (T - 1, B, 1). */
  #steps(who: string, emissions: Tensor, mask: Tensor | null): { first: Tensor; rest: Tensor; lasts: Tensor } {
    const [B, T] = this.#check(who, emissions, mask);
    const x = transpose(emissions, 0, 1);                                    // (T, B, K)
    const present = mask ?? broadcastTo(lt(iota(T), T), [B, T]);
    return {
      first: add(select(x, 0, 0), this.start_transitions),
      rest: narrow(x, 0, 1, T - 1),
      lasts: unsqueeze(transpose(narrow(present, 1, 1, T - 1), 0, 1), 2),
    };
  }
  /** 1 where a sequence lasts, else 0: (B, T). */
  #counts(emissions: Tensor, mask: Tensor | null): Tensor {
    const [B, T] = emissions.shape;
    return cast(mask ?? broadcastTo(lt(iota(T), T), [B, T]), emissions.dtype);
  }
  #check(who: string, emissions: Tensor, mask: Tensor | null): readonly number[] {
    const [B, T, K] = emissions.shape;
    if (emissions.shape.length !== 3 || K !== this.tags || T < 1 ||
      (mask !== null && (mask.shape.length !== 2 || mask.shape[0] !== B || mask.shape[1] !== T))) {
      throw new ShapeError(`CRF.${who}: emissions are ${formatShape(emissions.shape)} and the mask is ` +
        `${mask === null ? "none" : formatShape(mask.shape)}; they need (B, T, ${this.tags}) and (B, T)`);
    }
    return emissions.shape;
  }
  protected override describe(): string {
    return String(this.tags);
  }
}
