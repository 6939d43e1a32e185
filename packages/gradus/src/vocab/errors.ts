/** Every error Gradus throws on purpose: a sentence that names the thing, the values and the fix. */
export class GradusError extends Error {
  override readonly name: string = "GradusError";
}
/** Shapes or axes that do not fit. */
export class ShapeError extends GradusError {
  override readonly name = "ShapeError";
}
/** A dtype that an operation does not take. */
export class DTypeError extends GradusError {
  override readonly name = "DTypeError";
}
/** An index outside its axis. */
export class IndexError extends GradusError {
  override readonly name = "IndexError";
}
/** Not enough memory within the budget, named before anything is allocated. */
export class MemoryError extends GradusError {
  override readonly name = "MemoryError";
}
/** A call at a time or place where it has no meaning. */
export class UsageError extends GradusError {
  override readonly name = "UsageError";
}
/** A file or a data set that is not what it should be. */
export class DataError extends GradusError {
  override readonly name = "DataError";
}
/** A backend that cannot do what is asked on this machine. */
export class BackendError extends GradusError {
  override readonly name = "BackendError";
}
/** A number that is not finite where it must be. */
export class NonFiniteError extends GradusError {
  override readonly name = "NonFiniteError";
}
