import type { Op } from "../../packages/gradus/src/ir/op.ts";
import type { Case } from "./case.ts";
import { CONTRACT_CASES } from "./contract.cases.ts";
import { ELEMENTWISE_CASES } from "./elementwise.cases.ts";
import { INDEXING_CASES } from "./indexing.cases.ts";
import { LOOP_CASES } from "./loop.cases.ts";
import { MOVEMENT_CASES } from "./movement.cases.ts";
import { REDUCE_CASES } from "./reduce.cases.ts";

/** Cases for every primitive; a primitive without any is a compile error. */
export const CASES: { readonly [K in Op]: readonly Case[] } = {
  ...ELEMENTWISE_CASES, ...MOVEMENT_CASES, ...REDUCE_CASES, ...INDEXING_CASES, ...CONTRACT_CASES, ...LOOP_CASES,
};
export const OPS = Object.keys(CASES) as Op[];
