import { DTYPES, type TypedArray } from "../../vocab/dtype.ts";
import { DTypeError, ShapeError, UsageError } from "../../vocab/errors.ts";
import { formatShape, sizeOf } from "../../vocab/shape.ts";
import type { Aval, Node } from "../../ir/node.ts";
import type { GraphBackend, GraphValue } from "../../runtime/backend.ts";
import type { Dense } from "./dense.ts";
import { evaluate } from "./evaluate.ts";

/** A value that the reference backend made. */
class ReferenceValue implements GraphValue {
  readonly aval: Aval;
  readonly dense: Dense;

  constructor(dense: Dense) {
    this.aval = { shape: dense.shape, dtype: dense.dtype };
    this.dense = dense;
  }
}

/** A copy of a typed array as a dense value, or an error that says why it is not one. */
export function denseFrom(data: TypedArray, { shape, dtype }: Aval): Dense {
  const type = DTYPES[dtype].array;
  if (!(data instanceof type)) {
    throw new DTypeError(`upload: ${dtype} is kept in a ${type.name}, got a ${data.constructor.name}`);
  }
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `upload: ${formatShape(shape)} has ${sizeOf(shape)} elements, the array has ${data.length}`);
  }
  return { shape, dtype, data: data.slice() };
}

function unwrap(value: GraphValue): Dense {
  if (value instanceof ReferenceValue) return value.dense;
  throw new UsageError("reference: this value belongs to another backend; read it there and upload it here");
}

/**
 * Plain loops over plain arrays: slow, readable, and the definition of what every operation means. Other backends are
 * compared with it.
 */
export function createReferenceBackend(): GraphBackend {
  const readSync = (value: GraphValue): TypedArray => unwrap(value).data.slice();
  return {
    kind: "graph",
    name: "reference",
    synchronous: true,
    upload: (data, aval) => new ReferenceValue(denseFrom(data, aval)),
    evaluate: (node: Node, inputs) => evaluate(node, inputs.map(unwrap)).map((dense) => new ReferenceValue(dense)),
    readSync,
    read: (value) => Promise.resolve(value).then(readSync),
    idle: () => Promise.resolve(),
    dispose: () => undefined,
  };
}
