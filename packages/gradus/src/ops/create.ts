import type { DType } from "../vocab/dtype.ts";
import { checkShape, type Shape } from "../vocab/shape.ts";
import { emit } from "../ir/emit.ts";
import type { Tensor } from "../ir/node.ts";
import { broadcastTo } from "./movement.ts";

/** A number as a tensor of shape []. */
export const constant = (value: number, dtype: DType = "f32"): Tensor => emit("constant", { value, dtype }, []);

/** A tensor of one repeated number. */
export const full = (shape: Shape, value: number, dtype: DType = "f32"): Tensor =>
  broadcastTo(constant(value, dtype), checkShape(shape, "full"));
/** All zeros. */
export const zeros = (shape: Shape, dtype: DType = "f32"): Tensor => full(shape, 0, dtype);
/** All ones. */
export const ones = (shape: Shape, dtype: DType = "f32"): Tensor => full(shape, 1, dtype);
/** Zeros in the shape and dtype of x. */
export const zerosLike = (x: Tensor): Tensor => full(x.shape, 0, x.dtype);
/** Ones in the shape and dtype of x. */
export const onesLike = (x: Tensor): Tensor => full(x.shape, 1, x.dtype);
/** 0, 1, ..., size - 1. */
export const iota = (size: number, dtype: DType = "i32"): Tensor => emit("iota", { size, dtype }, []);
