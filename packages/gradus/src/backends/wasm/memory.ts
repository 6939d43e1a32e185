import type { Expr, Stmt } from "../../ir/kernel.ts";
import { bytesOf, type DType } from "../../vocab/dtype.ts";
import { FOLDED_OFFSETS, printAddress, scale } from "./address.ts";
import { LANES, keyOf, type Frame } from "./frame.ts";
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from "./half.ts";

type Load = Extract<Expr, { e: "load" }>;
type Gather = Extract<Expr, { e: "gather" }>;
type Store = Extract<Stmt, { s: "store" }>;

const SCALAR_LOAD = {
  f32: "f32.load", f64: "f64.load", i32: "i32.load", u32: "i32.load", bool: "i32.load8_u", u8: "i32.load8_u",
  i8: "i32.load8_s", f16: "i32.load16_u", bf16: "i32.load16_u",
} as const;
const SCALAR_STORE = {
  f32: "f32.store", f64: "f64.store", i32: "i32.store", u32: "i32.store", bool: "i32.store8", u8: "i32.store8",
  i8: "i32.store8", f16: "i32.store16", bf16: "i32.store16",
} as const;
/** One lane to and from memory, by the bytes of an element. */
const LOAD_LANE = { 1: "v128.load8_lane", 2: "v128.load16_lane", 4: "v128.load32_lane" } as const;
const STORE_LANE = { 1: "v128.store8_lane", 2: "v128.store16_lane", 4: "v128.store32_lane" } as const;
/** The lowest byte of every i32 lane, first; the rest does not matter. */
const LOW_BYTES = [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12];

const narrowBytes = (dtype: DType): 1 | 2 | 4 => bytesOf(dtype) as 1 | 2 | 4;

function widenHalf(frame: Frame, dtype: DType, lanes: number): void {
  if (dtype === "f16") widenFloat16(frame, lanes);
  else if (dtype === "bf16") widenBfloat16(frame, lanes);
}
/** The value on the stack, as the element's bits in an integer where it is narrower than 32 bits. */
function narrowHalf(frame: Frame, dtype: DType, lanes: number): void {
  if (dtype === "f16") narrowToFloat16(frame, lanes);
  else if (dtype === "bf16") narrowToBfloat16(frame, lanes);
}

export function printLoad(frame: Frame, load: Load): void {
  const { dtype } = frame.kernel.buffers[load.buffer];
  if (load.type.lanes === 1) {
    const offset = printAddress(frame, load.buffer, bytesOf(dtype), load.index);
    frame.code.memory(SCALAR_LOAD[dtype], offset);
    widenHalf(frame, dtype, 1);
    return;
  }
  if (load.stride !== undefined && !(load.stride.e === "const" && load.stride.value === 1)) {
    return printStridedLoad(frame, load, load.stride);
  }
  const { code } = frame;
  const offset = printAddress(frame, load.buffer, bytesOf(dtype), load.index);
  switch (bytesOf(dtype)) {
    case 2:
      code.memory("v128.load16x4_u", offset);
      widenHalf(frame, dtype, LANES);
      return;
    case 1: {
      const sign = dtype === "i8" ? "s" : "u";
      code.memory("v128.load32_zero", offset);
      code.op(`i16x8.extend_low_i8x16_${sign}`);
      code.op(`i32x4.extend_low_i16x8_${sign}`);
      return;
    }
    default:
      code.memory("v128.load", offset);
  }
}

/** One element in all lanes. */
export function printSplatLoad(frame: Frame, load: Load): boolean {
  const { dtype } = frame.kernel.buffers[load.buffer];
  if (dtype === "f64" || bytesOf(dtype) !== 4) return false;
  frame.code.memory("v128.load32_splat", printAddress(frame, load.buffer, 4, load.index));
  return true;
}

function printStridedLoad(frame: Frame, load: Load, stride: Expr): void {
  const bytes = narrowBytes(frame.kernel.buffers[load.buffer].dtype);
  frame.withScratch("i32", address => {
    const offset = printAddress(frame, load.buffer, bytes, load.index);
    frame.code.local("local.set", address);
    printLanes(frame, load.buffer, lane => {
      frame.code.local("local.get", address);
      return printStep(frame, stride, bytes, lane, offset);
    });
  });
}

export function printGather(frame: Frame, gather: Gather): void {
  const { dtype } = frame.kernel.buffers[gather.buffer];
  const { code } = frame;
  if (gather.type.lanes === 1) {
    const offset = printAddress(frame, gather.buffer, bytesOf(dtype), gather.base);
    frame.expression(gather.indices);
    scale(frame, bytesOf(dtype));
    code.op("i32.add");
    code.memory(SCALAR_LOAD[dtype], offset);
    widenHalf(frame, dtype, 1);
    return;
  }
  frame.withScratch("i32", address => frame.withScratch("v128", indices => {
    frame.expression(gather.indices);
    code.local("local.set", indices);
    const offset = printAddress(frame, gather.buffer, bytesOf(dtype), gather.base);
    code.local("local.set", address);
    printLanes(frame, gather.buffer, lane => {
      code.local("local.get", indices);
      code.op("i32x4.extract_lane", lane);
      scale(frame, bytesOf(dtype));
      code.local("local.get", address);
      code.op("i32.add");
      return offset;
    });
  }));
}

/** Four elements from four addresses; `printAt` leaves the address of a lane on the stack, short of what it returns. */
function printLanes(frame: Frame, buffer: number, printAt: (lane: number) => number): void {
  const { dtype } = frame.kernel.buffers[buffer];
  const { code } = frame;
  const bytes = narrowBytes(dtype);
  // The addresses wait on the stack below the vector that each lane is loaded into.
  const offsets: number[] = [];
  for (let lane = LANES - 1; lane >= 0; lane--) offsets[lane] = printAt(lane);
  if (bytes === 4) code.memory("v128.load32_zero", offsets[0]);
  else {
    frame.splatBits(0);
    code.memory(LOAD_LANE[bytes], offsets[0], 0);
  }
  for (let lane = 1; lane < LANES; lane++) code.memory(LOAD_LANE[bytes], offsets[lane], (lane * 4) / bytes);
  if (dtype === "i8") {
    for (const shift of ["shl", "shr_s"] as const) {
      code.constant("i32", 24);
      code.op(`i32x4.${shift}`);
    }
  }
  widenHalf(frame, dtype, LANES);
}

/** Adds `lane` steps of `stride` elements to the address on the stack, or to `offset`, which is returned. */
function printStep(frame: Frame, stride: Expr, bytes: number, lane: number, offset: number): number {
  if (lane === 0) return offset;
  if (stride.e === "const") {
    const step = lane * bytes * stride.value;
    if (step >= 0 && offset + step < FOLDED_OFFSETS) return offset + step;
    frame.code.constant("i32", step);
  } else {
    const level = frame.levelOf(stride);
    const print = (): void => {
      frame.expression(stride);
      scale(frame, lane * bytes);
    };
    if (level >= frame.depth) print();
    else {
      const local = frame.hoist(level, `${keyOf(stride)}*${lane * bytes}`, "i32", "step", print);
      frame.code.local("local.get", local);
    }
  }
  frame.code.op("i32.add");
  return offset;
}

export function printStore(frame: Frame, store: Store): void {
  const { dtype } = frame.kernel.buffers[store.buffer];
  const { code } = frame;
  const { lanes } = store.value.type;
  const stride = lanes === 1 || (store.stride?.e === "const" && store.stride.value === 1) ? undefined : store.stride;
  const count = store.count?.e === "const" && store.count.value >= lanes ? undefined : store.count;
  if (lanes === 1) {
    if (count !== undefined) {
      frame.expression(count);
      code.constant("i32", 0);
      code.op("i32.gt_s");
      code.open("if");
    }
    const offset = printAddress(frame, store.buffer, bytesOf(dtype), store.index);
    frame.expression(store.value);
    narrowHalf(frame, dtype, 1);
    code.memory(SCALAR_STORE[dtype], offset);
    if (count !== undefined) code.close();
    return;
  }
  if (stride === undefined && count === undefined) {
    const offset = printAddress(frame, store.buffer, bytesOf(dtype), store.index);
    printStored(frame, store.value, dtype);
    printWholeStore(frame, dtype, offset);
    return;
  }
  frame.withScratch("i32", address => frame.withScratch("v128", value => {
    const offset = printAddress(frame, store.buffer, bytesOf(dtype), store.index);
    code.local("local.set", address);
    printStored(frame, store.value, dtype);
    code.local("local.set", value);
    printPartialStore(frame, { dtype, address, value, offset, stride, count });
  }));
}

function printStored(frame: Frame, value: Expr, dtype: DType): void {
  frame.expression(value);
  // A truth value is stored as 0 or 1.
  if (value.type.scalar === "mask") frame.code.op("i32x4.neg");
  narrowHalf(frame, dtype, LANES);
}

/** Stores a vector (i32 lanes with the element in their low bits) at the address below it on the stack. */
function printWholeStore(frame: Frame, dtype: DType, offset: number): void {
  const { code } = frame;
  const bytes = bytesOf(dtype);
  if (bytes === 4) return code.memory("v128.store", offset);
  frame.withScratch("v128", value => {
    code.local("local.tee", value);
    code.local("local.get", value);
  });
  if (bytes === 2) {
    code.op("i16x8.narrow_i32x4_u");
    code.memory("v128.store64_lane", offset, 0);
  } else {
    code.op("i8x16.shuffle", ...LOW_BYTES);
    code.memory("v128.store32_lane", offset, 0);
  }
}

interface PartialStore {
  readonly dtype: DType;
  /** Locals that hold the address and the vector. */
  readonly address: number;
  readonly value: number;
  readonly offset: number;
  readonly stride: Expr | undefined;
  readonly count: Expr | undefined;
}

/** Lane by lane: strided, or the first `count` lanes only. */
function printPartialStore(frame: Frame, store: PartialStore): void {
  const { code } = frame;
  const bytes = narrowBytes(store.dtype);
  const stride: Expr = store.stride ?? { e: "const", type: { scalar: "index", lanes: 1 }, value: 1 };
  const printLane = (lane: number): void => {
    code.local("local.get", store.address);
    const offset = printStep(frame, stride, bytes, lane, store.offset);
    code.local("local.get", store.value);
    code.memory(STORE_LANE[bytes], offset, (lane * 4) / bytes);
  };
  const { count } = store;
  if (count === undefined) {
    for (let lane = 0; lane < LANES; lane++) printLane(lane);
    return;
  }
  if (count.e === "const") {
    for (let lane = 0; lane < Math.min(LANES, count.value); lane++) printLane(lane);
    return;
  }
  frame.withScratch("i32", left => {
    frame.expression(count);
    code.local("local.tee", left);
    if (store.stride === undefined) {
      code.constant("i32", LANES);
      code.op("i32.ge_s");
      code.open("if");
      code.local("local.get", store.address);
      code.local("local.get", store.value);
      printWholeStore(frame, store.dtype, store.offset);
      code.otherwise();
      code.local("local.get", left);
    }
    for (let lane = 0; lane < LANES; lane++) {
      if (lane > 0) code.local("local.get", left);
      code.constant("i32", lane);
      code.op("i32.gt_s");
      code.open("if");
      printLane(lane);
    }
    for (let lane = 0; lane < LANES; lane++) code.close();
    if (store.stride === undefined) code.close();
  });
}
