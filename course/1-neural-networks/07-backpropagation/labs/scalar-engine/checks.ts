import { checkGradient, forAll, Wrong, write, type Check, type Exports } from "@gradus/lessons/grade";

interface Value { data: number; grad: number; add(other: Value): Value; mul(other: Value): Value; tanh(): Value;
backward(): void }
type Make = (data: number) => Value;

function maker(exports: Exports): Make {
  const found = exports.Value;
  if (typeof found !== "function") throw new Wrong("Value should be a class that is exported.");
  const Made = found as new (data: number) => Value;
  return (data) => new Made(data);
}
const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
function data(value: Value | undefined, expected: number, what: string): void {
  if (typeof value?.data !== "number") throw new Wrong(`${what} should be a Value with a number in data.`);
  if (!near(value.data, expected)) {
    throw new Wrong(`data of ${what} is ${write(value.data)}; it should be ${write(expected)}.`);
  }
}
function slope(value: Value, expected: number, what: string, why = ""): void {
  if (typeof value.grad !== "number") throw new Wrong(`grad of ${what} should be a number.`);
  if (!near(value.grad, expected)) {
    throw new Wrong(`grad of ${what} is ${write(value.grad)}; it should be ${write(expected)}.${why}`);
  }
}

/** A random expression: each entry combines two of the values so far. */
interface Program { readonly leaves: number[]; readonly steps: { readonly op: number; readonly a: number;
readonly b: number }[] }
function build({ leaves, steps }: Program, make: Make): { inputs: Value[]; result: Value } {
  const inputs = leaves.map(make), made = [...inputs];
  for (const { op, a, b } of steps) {
    const x = made[made.length - 1 - a % made.length], y = made[b % made.length];
    made.push(op === 0 ? x.add(y) : op === 1 ? x.mul(y).tanh() : x.tanh());
  }
  return { inputs, result: made[made.length - 1] };
}
/** The same expression in plain numbers. */
function compute({ steps }: Program, leaves: readonly number[]): number {
  const made = [...leaves];
  for (const { op, a, b } of steps) {
    const x = made[made.length - 1 - a % made.length], y = made[b % made.length];
    made.push(op === 0 ? x + y : op === 1 ? Math.tanh(x * y) : Math.tanh(x));
  }
  return made[made.length - 1];
}

export const checks: readonly Check[] = [
  {
    name: "Numbers go forward.",
    run(exports) {
      const make = maker(exports), a = make(2), b = make(-3);
      data(a.add(b), -1, "2 + (−3)");
      data(a.mul(b), -6, "2 · (−3)");
      data(make(0.5).tanh(), Math.tanh(0.5), "tanh 0.5");
      data(a, 2, "a after a.add(b) and a.mul(b)");
    },
  },
  {
    name: "One operation back.",
    run(exports) {
      const make = maker(exports), a = make(2), b = make(-3), sum = a.add(b);
      sum.backward();
      slope(sum, 1, "the loss itself", " Its slope with respect to itself is 1.");
      slope(a, 1, "a in a + b");
      slope(b, 1, "b in a + b");
      const c = make(2), d = make(-3);
      c.mul(d).backward();
      slope(c, -3, "a in a · b with a = 2, b = −3", " If a moves by a little, the product moves b times as far.");
      slope(d, 2, "b in a · b with a = 2, b = −3");
      const x = make(0.5);
      x.tanh().backward();
      slope(x, 1 - Math.tanh(0.5) ** 2, "x in tanh x with x = 0.5", " The slope of y = tanh x is 1 − y².");
    },
  },
  {
    name: "A chain multiplies.",
    run(exports) {
      const make = maker(exports), w = make(0.5), x = make(3), y = w.mul(x).tanh();
      y.backward();
      slope(w, 3 * (1 - Math.tanh(1.5) ** 2), "w in tanh(w · x) with w = 0.5, x = 3",
        " The slope of tanh, times the slope of the product.");
    },
  },
  {
    name: "A value used twice hears from both uses.",
    run(exports) {
      const make = maker(exports), a = make(3);
      a.mul(a).backward();
      slope(a, 6, "a in a · a with a = 3", " It is used twice, and what arrives is added.");
      const b = make(2), c = b.add(b);
      c.backward();
      slope(b, 2, "b in b + b", " It is used twice, and what arrives is added.");
    },
  },
  {
    name: "Nothing is passed on before everything has arrived.",
    run(exports) {
      // b is used early and late: passed on at its first use, a would miss the second.
      const make = maker(exports), a = make(2), b = a.mul(make(3)), c = b.add(make(1)), d = b.mul(c);
      d.backward();
      slope(b, 13, "b in b · (b + 1) with b = 6", " Two ways lead from d to b, and both count.");
      slope(a, 39, "a in b · (b + 1) with b = 3a, a = 2",
        " b passed its slope on before all of it had arrived, or more than once.");
    },
  },
  {
    name: "A long chain of doublings takes no time.",
    run(exports) {
      const make = maker(exports), a = make(1);
      let b = a;
      let visits = 0;
      for (let i = 0; i < 40; i++) {
        b = b.add(b);
        visits++;
      }
      b.backward();
      slope(a, 2 ** visits, "a after 40 doublings");
    },
  },
  {
    name: "Two losses add their slopes.",
    run(exports) {
      const make = maker(exports), a = make(2), b = a.mul(make(5)), first = b.tanh(), second = b.add(make(1));
      first.backward();
      const before = a.grad;
      second.backward();
      slope(a, before + 5, "a after a second loss, b + 1 with b = 5a",
        " The second walk should add its own slope once, without what the first had left in the values between.");
    },
  },
  {
    name: "Any expression: central differences agree.",
    async run(exports) {
      const make = maker(exports);
      await forAll((any) => any.record<Program>({ leaves: any.vector(3, any.number(-1.5, 1.5)),
        steps: any.list(any.record({ op: any.integer(0, 2), a: any.integer(0, 3), b: any.integer(0, 9) }), 1, 7) }),
      async (program) => {
        const { inputs, result } = build(program, make);
        data(result, compute(program, program.leaves), "the expression");
        result.backward();
        await checkGradient((x) => compute(program, x), inputs.map(({ grad }) => grad), program.leaves,
          { name: "the gradient", tolerance: 1e-4 });
      });
    },
  },
];
