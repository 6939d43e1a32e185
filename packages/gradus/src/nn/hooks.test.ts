import { beforeAll, describe, expect, test } from "vitest";
import "../index.ts";
import { createReferenceBackend } from "../backends/reference/index.ts";
import { setBackend } from "../runtime/registry.ts";
import { compile } from "../exec/compile.ts";
import { tensor } from "../tensor/create.ts";
import { noGrad } from "../tensor/gradient.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { Bilinear, Linear } from "./linear.ts";
import { ReLU } from "./activation.ts";
import { Sequential } from "./container.ts";
import type { Gradients } from "./hooks.ts";

beforeAll(() => setBackend(createReferenceBackend()));

const numbers = (x: unknown): number[] => [...(x as Tensor).dataSync()];
/** y = (w x) w, element by element, with known weights. */
function model(): Sequential {
  const layer = new Linear(2, 2, { bias: false });
  layer.weight.assign(tensor([[2, 0], [0, -3]]));
  return new Sequential(layer, new ReLU());
}
const x = (): Tensor => tensor([[1, 1]]);

describe("forward hooks", () => {
  test("see module, inputs and output, in order, until they are removed", () => {
    const net = model(), seen: string[] = [];
    const handles = [...net.modules().map((module) => module.registerForwardHook((it, inputs, output) => {
      seen.push(`${it.constructor.name} ${numbers(inputs[0]).join()} -> ${numbers(output).join()}`);
    })), net.at(1).registerForwardPreHook((_, inputs) => {
      seen.push(`before ${numbers(inputs[0]).join()}`);
      return undefined;
    })];
    net.forward(x());
    expect(seen).toEqual(["Linear 1,1 -> 2,-3", "before 2,-3", "ReLU 2,-3 -> 2,0", "Sequential 1,1 -> 2,0"]);
    for (const handle of handles) handle.remove();
    handles[0].remove();
    net.forward(x());
    expect(seen).toHaveLength(4);
    expect(Object.hasOwn(net.at(0), "forward")).toBe(false);
  });
  test("may change inputs and outputs, one after another", () => {
    const net = model();
    net.at(0).registerForwardPreHook((_, [given]) => [(given as Tensor).mul(10)]);
    const add = net.registerForwardHook((_, __, output) => (output as Tensor).add(1));
    net.registerForwardHook((_, __, output) => (output as Tensor).mul(2));
    expect(numbers(net.forward(x()))).toEqual([42, 2]);
    add.remove();
    expect(numbers(net.forward(x()))).toEqual([40, 0]);
  });
  test("are no members: nothing new in state dict or children; compiled functions run them while tracing", () => {
    const net = model(), keys = Object.keys(net.stateDict());
    net.at(0).registerForwardHook((_, __, output) => (output as Tensor).mul(5));
    expect(Object.keys(net.stateDict())).toEqual(keys);
    expect(String(net)).toBe(String(model()));
    const run = compile((y: Tensor) => net.forward(y));
    expect([numbers(run(x())), numbers(run(x().mul(2)))]).toEqual([[10, 0], [20, 0]]);
  });
});

describe("backward hooks", () => {
  test("see the gradients of inputs and outputs, in the order of the backward pass, and may change the former", () => {
    const net = model(), seen: string[] = [];
    const look = (name: string) => (_: unknown, inputs: Gradients, outputs: Gradients): undefined => {
      seen.push(`${name} ${inputs.map((g) => g && numbers(g).join()).join(";")} <- ` +
        outputs.map((g) => g && numbers(g).join()).join(";"));
      return undefined;
    };
    net.at(0).registerFullBackwardHook(look("linear"));
    net.at(1).registerFullBackwardHook(look("relu"));
    const input = x().requiresGrad_();
    net.forward(input).mul(tensor([[3, 4]])).sum().backward();
    expect(seen).toEqual(["relu 3,0 <- 3,4", "linear 6,0 <- 3,0"]);
    expect(numbers(input.grad)).toEqual([6, 0]);
    expect(numbers(net.parameters()[0].grad)).toEqual([3, 3, 0, 0]);
    net.at(0).registerFullBackwardHook((_, [g]) => [g!.mul(100)]);
    input.grad = null;
    net.forward(input).sum().backward();
    expect(numbers(input.grad)).toEqual([200, 0]);
  });
  test("run where no input asks for a gradient, and not at all where none is recorded", () => {
    const net = model();
    let calls = 0;
    net.at(0).registerFullBackwardHook((_, inputs, outputs) => {
      calls++;
      expect([inputs.length, numbers(outputs[0])]).toEqual([0, [1, 0]]);
      return undefined;
    });
    net.forward(x()).sum().backward();
    noGrad(() => net.forward(x()));
    expect(calls).toBe(1);
  });
  test("see all inputs of a module at once", () => {
    const layer = new Bilinear(1, 1, 1, { bias: false }), shapes: number[][] = [];
    layer.weight.assign(tensor([[[2]]]));
    layer.registerFullBackwardHook((_, inputs) => {
      shapes.push(...inputs.map((g) => [...g!.shape]));
      return inputs.map((g) => g!.mul(10));
    });
    const a = tensor([[3]], { requiresGrad: true }), b = tensor([[5]], { requiresGrad: true });
    layer.forward(a, b).sum().backward();
    expect([numbers(a.grad), numbers(b.grad)]).toEqual([[100], [60]]);
    expect(shapes).toEqual([[1, 1], [1, 1]]);
  });
  test("change gradients in compiled steps too", () => {
    const net = model().append(new Linear(2, 1, { bias: false }));
    net.at(2).registerFullBackwardHook((_, [g]) => [g!.mul(10)]);
    const step = (): Tensor => {
      net.zeroGrad();
      net.forward(x()).sum().backward();
      return net.parameters()[0].grad!.mul(1);
    };
    const [slope] = numbers(net.parameters()[1]), eager = numbers(step());
    expect(eager[0]).toBeCloseTo(10 * slope, 5);
    expect(numbers(compile(step)())).toEqual(eager);
  });
});
