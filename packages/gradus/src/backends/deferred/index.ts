import type { TypedArray } from "../../vocab/dtype.ts";
import { UsageError } from "../../vocab/errors.ts";
import { formatShape } from "../../vocab/shape.ts";
import type { Aval } from "../../ir/node.ts";
import type { GraphBackend, GraphValue } from "../../runtime/backend.ts";
import { createReferenceBackend, denseFrom } from "../reference/index.ts";

/** A value that will be there once the queue has run: then a value of the reference, or the error in its place. */
class DeferredValue implements GraphValue {
  readonly aval: Aval;
  outcome: { readonly value: GraphValue } | { readonly error: unknown } | null = null;

  constructor({ shape, dtype }: Aval) {
    this.aval = { shape, dtype };
  }
  /** The value, once the queue has run; throws the error that took its place. */
  settled(): GraphValue {
    if (this.outcome === null) throw new UsageError("deferred: this value belongs to a backend that was disposed of");
    if ("error" in this.outcome) throw this.outcome.error;
    return this.outcome.value;
  }
}

/** Hands control back to the event loop, where there is a way to. */
function macrotask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate === undefined) resolve();
    else setImmediate(resolve);
  });
}

/**
 * The reference behind a queue, for tests: it shows the manners of a GPU. Work is only noted down when it is asked for;
 * shapes and dtypes are known at once, numbers only after an `await`. An error of the work (an index out of range)
 * reaches whoever reads a value that depends on it, and the next `idle`.
 */
export function createDeferredBackend(): GraphBackend {
  const reference = createReferenceBackend();
  let queue: (() => void)[] = [];
  let draining: Promise<void> | null = null;
  let firstError: { readonly error: unknown } | null = null;

  const own = (value: GraphValue): DeferredValue => {
    if (value instanceof DeferredValue) return value;
    throw new UsageError("deferred: this value belongs to another backend; read it there and upload it here");
  };

  function enqueue(results: readonly DeferredValue[], work: () => readonly GraphValue[]): readonly DeferredValue[] {
    queue.push(() => {
      try {
        const values = work();
        results.forEach((result, i) => { result.outcome = { value: values[i] }; });
      } catch (error) {
        firstError ??= { error };
        for (const result of results) result.outcome = { error };
      }
    });
    return results;
  }

  /** Runs all that was noted down until then, a turn of the event loop later. */
  function drain(): Promise<void> {
    draining ??= Promise.resolve().then(macrotask).then(() => {
      draining = null;
      const due = queue;
      queue = [];
      for (const work of due) work();
    });
    return draining;
  }

  return {
    kind: "graph",
    name: "deferred",
    synchronous: false,
    upload(data: TypedArray, aval: Aval): GraphValue {
      const { data: copy } = denseFrom(data, aval);
      return enqueue([new DeferredValue(aval)], () => [reference.upload(copy, aval)])[0];
    },
    evaluate(node, inputs) {
      const given = inputs.map(own);
      const results = (node.outs ?? [node]).map((aval) => new DeferredValue(aval));
      return enqueue(results, () => reference.evaluate(node, given.map((value) => value.settled())));
    },
    async read(value: GraphValue): Promise<TypedArray> {
      const { outcome } = own(value);
      if (outcome === null) await drain();
      return reference.readSync(own(value).settled());
    },
    readSync(value: GraphValue): TypedArray {
      throw new UsageError(
        `deferred: the numbers of this tensor ${formatShape(value.aval.shape)} are not there yet; ` +
        "use `await` (`await t.item()`, `await t.array()`)");
    },
    async idle(): Promise<void> {
      await drain();
      const failed = firstError;
      firstError = null;
      if (failed !== null) throw failed.error;
    },
    dispose(): void {
      queue = [];
    },
  };
}
