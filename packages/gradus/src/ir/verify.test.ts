import { describe, expect, test } from "vitest";
import { GradusError } from "../vocab/errors.ts";
import { emit, outputsOf, RECORD, withInterpreter } from "./emit.ts";
import { Node, type Graph } from "./node.ts";
import { verify } from "./verify.ts";

const record = <T>(build: () => T): T => withInterpreter(RECORD, build);
const f32 = (...shape: number[]): Node => emit("buffer", { shape, dtype: "f32" }, []);
const refuses = (graph: Graph, message: RegExp): void => {
  expect(() => { verify(graph); }).toThrow(GradusError);
  expect(() => { verify(graph); }).toThrow(message);
};

/** carry, x -> carry + x, stacked carries */
const body = record((): Graph => {
  const [carry, x] = [f32(2), f32(2)];
  return { inputs: [carry, x], outputs: [emit("add", {}, [carry, x]), carry] };
});
const loop = (saved: number, of = body): Graph => record(() => {
  const [h, xs] = [f32(2), f32(5, 2)];
  const params = { body: of, carries: 1, sequences: 1, length: 5, reverse: false, saved };
  return { inputs: [h, xs], outputs: outputsOf(emit("scan", params, [h, xs])) };
});
const definition = { name: "test", body: (inputs: readonly Node[]) => inputs };

describe("sound graphs pass", () => {
  test("with several outputs, captured buffers and outputs that are inputs", () => {
    verify(record(() => {
      const x = f32(3);
      const [values] = outputsOf(emit("sort", { axis: 0, descending: false }, [x]));
      return { inputs: [x], outputs: [emit("add", {}, [values, f32(3)]), x] };
    }));
  });
  test("with loops and compositions", () => {
    verify(loop(0));
    verify(loop(1));
    verify(record(() => {
      const x = f32(2);
      const node = emit("composite", { definition, attributes: {}, body }, [x, x]);
      return { inputs: [x], outputs: outputsOf(node) };
    }));
  });
});

describe("broken graphs are named", () => {
  const x = record(() => f32(2, 3));
  test("inputs that are no buffers, or stand twice", () => {
    const y = record(() => emit("neg", {}, [x]));
    refuses({ inputs: [y], outputs: [y] }, /input 0 is a neg; inputs are buffers/);
    refuses({ inputs: [x, x], outputs: [x] }, /inputs 0 and 1 are the same node/);
  });
  test("a shape or dtype that the operation does not make", () => {
    refuses({ inputs: [x], outputs: [new Node("neg", {}, [x], [3, 2], "f32", null)] },
      /node \d+ \(neg\) makes f32\[2, 3\], the node says f32\[3, 2\]/);
    refuses({ inputs: [x], outputs: [new Node("eq", {}, [x, x], [2, 3], "f32", null)] }, /makes bool\[2, 3\]/);
  });
  test("operands that do not fit", () => {
    const y = record(() => f32(3));
    refuses({ inputs: [x, y], outputs: [new Node("add", {}, [x, y], [3], "f32", null)] },
      /\(add\): add: operands have shapes \[2, 3\] and \[3\]/);
  });
  test("outputs that do not exist, or are not told apart", () => {
    const sorted = record(() => emit("sort", { axis: 0, descending: false }, [x]));
    const pick = (from: Node, index: number): Node =>
      new Node("project", { index }, [from], [2, 3], "f32", null);
    refuses({ inputs: [x], outputs: [pick(sorted, 2)] }, /output 2 of 2 does not exist/);
    refuses({ inputs: [x], outputs: [pick(x, 0)] }, /\(buffer\) has one output only/);
    refuses({ inputs: [x], outputs: [sorted] }, /output 0 is all outputs of node \d+ \(sort\)/);
    refuses({ inputs: [x], outputs: [record(() => emit("neg", {}, [sorted]))] }, /reads all outputs of/);
  });
  test("a cycle", () => {
    const inputs = [x];
    const first = new Node("add", {}, inputs, [2, 3], "f32", null) as Node;
    const second = new Node("neg", {}, [first], [2, 3], "f32", null) as Node;
    inputs.push(second);
    refuses({ inputs: [x], outputs: [second] }, /wait for each other/);
  });
  test("a body that does not fit its node", () => {
    const node = (...inputs: Node[]): Graph => ({
      inputs: [], outputs: record(() => outputsOf(emit("composite", { definition, attributes: {}, body }, inputs))),
    });
    refuses(node(...record(() => [f32(2)])), /has 1 inputs, its body takes 2/);
    refuses(node(...record(() => [f32(2), f32(3)])), /input 1 is f32\[3\], its body takes f32\[2\]/);
  });
  test("a body that reads past its inputs", () => {
    const open = record((): Graph => ({ inputs: [...body.inputs], outputs: [emit("neg", {}, [f32(2)])] }));
    refuses(loop(0, open), /graph \/ node \d+ \(scan\): node \d+ \(buffer\) is no input of this body/);
  });
  test("saved carries that are none", () => {
    refuses(loop(2), /no room for 1 carries and 2 saved ones/);
    const wrong = { inputs: body.inputs, outputs: [body.outputs[0], body.inputs[1]] };
    refuses(loop(1, wrong), /saved result 0 is not the carry/);
  });
});
