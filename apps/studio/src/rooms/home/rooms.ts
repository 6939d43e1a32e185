/** What two rooms produce, made anew for the home page: who listens to whom in a head, and a loop of the compiler. */
import { explain, F, Generator, randn, stack, zeros, type Tensor } from "gradus";

export interface Rooms {
  /** One character a row; row i listens to columns 0 to i with these weights, which add up to 1. */
  readonly text: string;
  readonly attention: readonly (readonly number[])[];
  /** The loop of one kernel, and how many operations it came from. */
  readonly loop: readonly string[];
  readonly operations: number;
  readonly kernels: number;
}
const TEXT = "hello world", WIDTH = 16, SEED = 3, ROWS = 64, COLUMNS = 128;

export async function rooms(): Promise<Rooms> {
  // The same letter has the same numbers: a head that has not learned hears likeness, and nothing else.
  const table = randn([27, WIDTH], { generator: new Generator(SEED) });
  const codes = Array.from(TEXT, (letter) => (letter === " " ? 26 : letter.charCodeAt(0) - "a".charCodeAt(0)));
  const x = stack(codes.map((code) => table.select(0, code)), 0);
  const scores = x.matmul(x.transpose(0, 1)).div(Math.sqrt(WIDTH)), attention: number[][] = [];
  for (let i = 0; i < codes.length; i++) {
    const row = F.softmax(scores.select(0, i).narrow(0, 0, i + 1), 0);
    attention.push(Array.from(await row.data()));
  }
  const unit = (v: Tensor, scale: Tensor, shift: Tensor): Tensor => F.relu(v.mul(scale).add(shift)).square();
  const { graph, kernels } = explain(unit, [zeros([ROWS, COLUMNS]), zeros([COLUMNS]), zeros([COLUMNS])]);
  return { text: TEXT, attention, loop: loopOf(kernels[0].ir), kernels: kernels.length,
    operations: (graph.match(/^ {2}%\d+ = (mul|add|composite|square)/gm) ?? []).length };
}

/** The innermost loop of a kernel that is first met, from its head to its last store. */
function loopOf(ir: string): string[] {
  const lines = ir.split("\n"), depth = (line: string): number => line.search(/\S/);
  const heads = lines.flatMap((line, i) => (/^\s*for /.test(line) ? [i] : []));
  const start = heads.find((head, i) => heads[i + 1] === undefined || depth(lines[heads[i + 1]]) <= depth(lines[head]))
    ?? 0;
  const past = lines.findIndex((line, i) => i > start && depth(line) <= depth(lines[start]));
  return lines.slice(start, past < 0 ? lines.length : past).map((line) => line.slice(depth(lines[start])));
}
