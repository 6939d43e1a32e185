import { UsageError } from "../../vocab/errors.ts";
import { broadcastShapes, sameShape, sizeOf } from "../../vocab/shape.ts";
import { windowCount } from "../../ir/infer.ts";
import { isOp, type Node } from "../../ir/node.ts";
import type { ContractWindow } from "../../ir/op.ts";
import { WORK, working, type OnnxRule, type Site } from "./rule.ts";

type ContractSite = Site<"contract">;
const letters = (text: string): string[] => [...text];
/** Where each letter of `wanted` stands in `given`. */
const order = (given: string, wanted: string): number[] => letters(wanted).map((letter) => given.indexOf(letter));

/** Conv and ConvTranspose where there are windows, MatMul where the letters are in its order, Einsum otherwise. */
export const contract: OnnxRule<"contract"> = (site) => {
  const { g, node } = site, { dtype } = node.inputs[0];
  return g.cast(node.params.spec.windows.length === 0 ? product(site) : convolution(site), WORK[dtype], node.dtype);
};

function product(site: ContractSite): string {
  const { g, node } = site, { spec, output } = node.params;
  const labels = [spec.x, spec.w, spec.y];
  const [result] = labels.splice(output, 1);
  for (const [a, b] of [[0, 1], [1, 0]] as const) {
    // "..mk" times "kn" or "..kn" gives "..mn"; "nk" is turned around first.
    const lead = labels[a].slice(0, -2), [m, k] = labels[a].slice(-2), n = result.slice(-1);
    if (labels[a].length < 2 || result !== `${lead}${m}${n}` || labels[a].includes(n)) continue;
    const [left, right] = [node.inputs[a], node.inputs[b]];
    for (const shared of new Set(["", lead])) {
      const inOrder = labels[b] === `${shared}${k}${n}`;
      if (!inOrder && labels[b] !== `${shared}${n}${k}`) continue;
      const names = working(site, [left, right].map((x) => matrix(site, x, shared.length)));
      return g.node("MatMul", [names[0], inOrder ? names[1] : swapped(site, names[1], shared.length)]);
    }
  }
  return g.node("Einsum", working(site, site.inputs), { equation: `${labels.join(",")}->${result}` });
}
/** An operand, before its leading axes were expanded if MatMul's own broadcasting restores them. */
function matrix({ g, node }: ContractSite, x: Node, lead: number): string {
  const name = g.names.get(x)![0];
  if (lead === 0 || !isOp(x, "expand")) return name;
  const [source] = x.inputs, other = node.inputs.find((y) => y !== x) ?? x;
  const whole = broadcastShapes(source.shape.slice(0, lead), other.shape.slice(0, lead));
  const isSame = sameShape(whole, x.shape.slice(0, lead)) && sameShape(source.shape.slice(lead), x.shape.slice(lead));
  return isSame && !isOp(other, "expand") ? g.names.get(source)![0] : name;
}
const swapped = ({ g }: ContractSite, name: string, lead: number): string =>
  g.transpose(name, [...Array.from({ length: lead }, (_, i) => i), lead + 1, lead]);

/** Letters by what they do: x "b g c i..", w "g n c u..", y "b g n o..". */
interface Roles {
  readonly batch: string;
  readonly groups: string;
  readonly inputs: string;
  readonly outputs: string;
  readonly windows: readonly ContractWindow[];
}
function convolution(site: ContractSite): string {
  const { g, node, twin } = site, { spec, output, shape } = node.params, { windows } = spec;
  if (output === 1 || windows.length > 3) {
    throw new UsageError(output === 1
      ? "exportOnnx: the program computes the gradient of a convolution's weight; export the forward pass alone"
      : `exportOnnx: ONNX has no convolutions over ${windows.length} axes`);
  }
  const inside = (text: string) => (letter: string): boolean => text.includes(letter);
  const free = (text: string, role: "x" | "w" | "y"): string[] =>
    letters(text).filter((letter) => !windows.some((window) => window[role] === letter));
  const [x, w, y] = [free(spec.x, "x"), free(spec.w, "w"), free(spec.y, "y")];
  const roles: Roles = {
    windows, groups: x.filter((c) => w.some(inside(c)) && y.some(inside(c))).join(""),
    batch: x.filter((c) => !w.some(inside(c)) && y.some(inside(c))).join(""),
    inputs: x.filter((c) => w.some(inside(c)) && !y.some(inside(c))).join(""),
    outputs: w.filter((c) => !x.some(inside(c)) && y.some(inside(c))).join(""),
  };
  const places: Places = { site, roles };
  const weight = operand(places, "w", output === 0 ? 0 : 1);
  const group = roles.groups === "" ? 1 : sizeOf(order(spec.w, roles.groups).map((axis) => shapeOf(site, "w")[axis]));
  const kernel = windows.map((window) => shapeOf(site, "w")[spec.w.indexOf(window.w)]);
  const attributes = {
    kernel_shape: kernel, strides: windows.map(({ stride }) => stride),
    dilations: windows.map(({ dilation }) => dilation), group,
    pads: [...windows, ...windows].map(({ pad }) => pad),
  };
  if (output === 0) {
    const given = operand(places, "y", 1);
    const padding = windows.map((window, i) => shape[spec.x.indexOf(window.x)] - window.stride *
      (shapeOf(site, "y")[spec.y.indexOf(window.y)] - 1) - window.dilation * (kernel[i] - 1) - 1 + 2 * window.pad);
    const made = g.node("ConvTranspose", [given, weight], { ...attributes, output_padding: padding });
    return back(places, "x", made, shape, twin.params.shape);
  }
  let made = g.node("Conv", [operand(places, "x", 0), weight], attributes);
  const sizes = windows.map((window) => shape[spec.y.indexOf(window.y)]);
  const whole = windows.map(({ x: axis, stride, dilation, pad }, i) =>
    windowCount(shapeOf(site, "x")[spec.x.indexOf(axis)] + 2 * pad, kernel[i], stride, dilation));
  if (!sameShape(sizes, whole)) {
    made = g.node("Slice", [made, g.ints(sizes.map(() => 0)), g.ints(sizes), g.ints(windows.map((_, i) => i + 2))]);
  }
  return back(places, "y", made, shape, twin.params.shape);
}

interface Places {
  readonly site: ContractSite;
  readonly roles: Roles;
}
/** The letters of an operand in the order of ONNX, in four parts: two that become axes, and the space. */
function parts({ roles }: Places, role: "x" | "w" | "y"): readonly [string, string, string] {
  const space = roles.windows.map((window) => window[role]).join("");
  if (role === "w") return [roles.groups + roles.outputs, roles.inputs, space];
  return [roles.batch, roles.groups + (role === "x" ? roles.inputs : roles.outputs), space];
}
const shapeOf = ({ node }: ContractSite, role: "x" | "w" | "y"): readonly number[] => {
  const { output } = node.params, at = "xwy".indexOf(role);
  return at === output ? node.params.shape : node.inputs[at > output ? at - 1 : at].shape;
};
/** An operand with its axes in the order of ONNX: (batch, channels, space), or (channels, channels, kernel). */
function operand(places: Places, role: "x" | "w" | "y", input: number): string {
  const { site } = places, { g, node, twin } = site;
  const [first, second, space] = parts(places, role), given = node.params.spec[role];
  const axes = order(given, first + second + space);
  const merged = (shape: readonly number[]): number[] => [
    sizeOf(order(given, first).map((axis) => shape[axis])), sizeOf(order(given, second).map((axis) => shape[axis])),
    ...order(given, space).map((axis) => shape[axis]),
  ];
  const [name] = working(site, [site.inputs[input]], input);
  const moved = axes.every((axis, i) => axis === i) ? name : g.transpose(name, axes);
  const shape = node.inputs[input].shape;
  return g.reshape(moved, axes.map((axis) => shape[axis]), merged(shape), merged(twin.inputs[input].shape));
}
/** The result with its axes as the program has them. */
function back(
  places: Places, role: "x" | "y", made: string, shape: readonly number[], twin: readonly number[],
): string {
  const { g, node } = places.site, wanted = node.params.spec[role];
  const inOrder = parts(places, role).join("");
  const apart = (sizes: readonly number[]): number[] => order(wanted, inOrder).map((axis) => sizes[axis]);
  const split = g.reshape(made, [], apart(shape), apart(twin));
  return g.transpose(split, order(inOrder, wanted));
}
