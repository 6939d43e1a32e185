import { isFloat } from "../../vocab/dtype.ts";
import { UsageError } from "../../vocab/errors.ts";
import type { ArithmeticOp, CompareOp, Op, UnaryOp } from "../../ir/op.ts";
import { inWorkType, unexpanded, WORK, working, type OnnxRule, type Rules, type Site } from "./rule.ts";

/** An operator of one operand that ONNX has. */
const unary = (op: string): OnnxRule<UnaryOp> => (site) => inWorkType(site, ([x]) => site.g.node(op, [x]));
const binary = (op: string): OnnxRule<ArithmeticOp> => (site) =>
  inWorkType(site, (inputs) => site.g.node(op, inputs), unexpanded(site));
const compare = (op: string): OnnxRule<CompareOp> => (site) =>
  site.g.node(op, working(site, unexpanded(site)));
/** Truth values have operators of their own. */
const logical = (forBool: string, forIntegers: string): OnnxRule<ArithmeticOp> => (site) => {
  const inputs = unexpanded(site);
  return site.node.dtype === "bool" ? site.g.node(forBool, inputs)
    : inWorkType(site, (found) => site.g.node(forIntegers, found), inputs);
};

/** f(x) for small |x|, where the plain formula loses digits, and the plain formula elsewhere. */
function nearZero(
  site: Site<Op>, small: (x: string) => string, plain: (x: string) => string,
): string {
  const { g, node } = site;
  return inWorkType(site, ([x]) => {
    const isSmall = g.node("Less", [g.node("Abs", [x]), g.scalar(0.5, WORK[node.dtype])]);
    return g.node("Where", [isSmall, small(x), plain(x)]);
  });
}
/** e^x - 1 = 2t / (1 - t) with t = tanh(x / 2). */
const expm1: OnnxRule<"expm1"> = (site) => {
  const { g, node } = site, number = (v: number): string => g.scalar(v, WORK[node.dtype]);
  return nearZero(site, (x) => {
    const t = g.node("Tanh", [g.node("Mul", [x, number(0.5)])]);
    return g.node("Div", [g.node("Mul", [t, number(2)]), g.node("Sub", [number(1), t])]);
  }, (x) => g.node("Sub", [g.node("Exp", [x]), number(1)]));
};
/** ln(1 + x) = 2 artanh(x / (2 + x)). */
const log1p: OnnxRule<"log1p"> = (site) => {
  const { g, node } = site, number = (v: number): string => g.scalar(v, WORK[node.dtype]);
  return nearZero(site, (x) =>
    g.node("Mul", [g.node("Atanh", [g.node("Div", [x, g.node("Add", [x, number(2)])])]), number(2)]),
  (x) => g.node("Log", [g.node("Add", [x, number(1)])]));
};
/** The remainder of ONNX has the sign of the divisor for integers, and that of the dividend for floats. */
const remainder: OnnxRule<"remainder"> = (site) => inWorkType(site, ([a, b]) => {
  const { g, node } = site;
  if (!isFloat(node.dtype)) return g.node("Mod", [a, b]);
  const zero = g.scalar(0, WORK[node.dtype]);
  const r = g.node("Mod", [a, b], { fmod: 1 });
  const differ = g.node("Less", [g.node("Mul", [g.node("Sign", [r]), g.node("Sign", [b])]), zero]);
  return g.node("Where", [differ, g.node("Add", [r, b]), r]);
}, unexpanded(site));

/** ONNX shifts unsigned integers only; a right shift of signed ones is a division that rounds down. */
const shift = (direction: "LEFT" | "RIGHT"): OnnxRule<ArithmeticOp> => (site) => {
  const { g, node: { dtype } } = site;
  const [x, amount] = unexpanded(site);
  const by = g.node("BitwiseAnd", [g.cast(amount, dtype, "i32"), g.scalar(31, "i32")]);
  if (direction === "LEFT" || dtype === "u32") {
    const made = g.node("BitShift", [g.cast(x, dtype, "u32"), g.cast(by, "i32", "u32")], { direction });
    return g.cast(made, "u32", dtype);
  }
  const factor = g.cast(g.node("BitShift", [g.scalar(1, "u32"), g.cast(by, "i32", "u32")], { direction: "LEFT" }),
    "u32", "i64");
  const wide = g.cast(x, dtype, "i64");
  return g.cast(g.node("Div", [g.node("Sub", [wide, g.node("Mod", [wide, factor])]), factor]), "i64", dtype);
};

export const ELEMENTWISE: Rules<UnaryOp | ArithmeticOp | CompareOp | "where" | "cast" | "bitcast"> = {
  neg: unary("Neg"), abs: unary("Abs"), sign: unary("Sign"), floor: unary("Floor"), ceil: unary("Ceil"),
  round: unary("Round"), sqrt: unary("Sqrt"), reciprocal: unary("Reciprocal"), exp: unary("Exp"), log: unary("Log"),
  sin: unary("Sin"), cos: unary("Cos"), tanh: unary("Tanh"), sigmoid: unary("Sigmoid"), erf: unary("Erf"),
  expm1, log1p,
  trunc: (site) => inWorkType(site, ([x]) =>
    site.g.node("Mul", [site.g.node("Sign", [x]), site.g.node("Floor", [site.g.node("Abs", [x])])])),
  not: ({ g, inputs }) => g.node("Not", inputs),

  add: binary("Add"), sub: binary("Sub"), mul: binary("Mul"), div: binary("Div"), pow: binary("Pow"),
  maximum: binary("Max"), minimum: binary("Min"), remainder,
  bitAnd: logical("And", "BitwiseAnd"), bitOr: logical("Or", "BitwiseOr"), bitXor: logical("Xor", "BitwiseXor"),
  shiftLeft: shift("LEFT"), shiftRight: shift("RIGHT"),

  eq: compare("Equal"), lt: compare("Less"), le: compare("LessOrEqual"), gt: compare("Greater"),
  ge: compare("GreaterOrEqual"),
  ne: (site) => site.g.node("Not", [site.g.node("Equal", working(site, unexpanded(site)))]),
  where: (site) => {
    const { g, node } = site, [condition, ...choices] = unexpanded(site);
    return g.cast(g.node("Where", [condition, ...working(site, choices, 1)]), WORK[node.dtype], node.dtype);
  },
  cast: ({ g, node, inputs: [x] }) => g.cast(x, node.inputs[0].dtype, node.params.dtype),
  bitcast: () => {
    throw new UsageError("exportOnnx: the program reads the bits of a number as another type, which ONNX cannot say; " +
      "call eval() on the model if it draws random numbers");
  },
};
