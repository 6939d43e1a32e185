import { join } from "node:path";
import ts from "typescript";
import * as data from "../../packages/gradus/src/data/index.ts";
import * as node from "../../packages/gradus/src/node.ts";
import * as gradus from "./gradus.ts";
import { blocksOf, documents, expressionsOf, readDocument, ROOT } from "./blocks.ts";

/** Code of a document, and the line of the document that each of its lines is from. */
interface Source {
  readonly name: string;
  readonly code: string;
  lineOf(line: number): number;
}

/** What the expressions in the tables of docs/pytorch.md speak of. */
const SPOKEN_OF = `
declare const x: Tensor, y: Tensor, w: Tensor, labels: Tensor, loss: Tensor, images: Tensor, kernel: Tensor;
declare const q: Tensor, a: Tensor, b: Tensor, counter: Tensor, path: string;
declare const generator: Generator, model: nn.Sequential, optimizer: optim.SGD, dataset: TensorDataset;
declare const state: Record<string, Tensor>, task: training.TrainingTask;
declare const objective: tune.Objective, space: tune.Space;
declare const first: distributions.Normal, second: distributions.Normal;
declare function f(x: Tensor, w: Tensor): Tensor;
`;
/** Tables of code: every expression with all public names at hand. */
function tableOf(name: string): Source {
  const imports = Object.entries({ "gradus": gradus, "gradus/data": data, "gradus/node": node })
    .map(([from, module]) => `import { ${Object.keys(module).filter((one) => one !== "state").join(", ")} } ` +
      `from "${from}";`);
  const head = `${imports.join("\n")}\n${SPOKEN_OF}`, expressions = expressionsOf(readDocument(name));
  const first = head.split("\n").length - 1;
  return {
    name, code: `${head}${expressions.map(({ code }) => `${code};`).join("\n")}`,
    lineOf: (line) => expressions[line - first]?.line ?? 0,
  };
}
const blocksOfDocument = (name: string): Source[] => blocksOf(readDocument(name))
  .map(({ code, line }) => ({ name, code: `export {};${code}`, lineOf: (at) => line + at }));

/** A program of files that are not on the disk; "gradus" is what documents import. */
export function programOf(sources: ReadonlyMap<string, string>): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({
    ...config.compilerOptions, lib: ["ES2023", "ESNext.Disposable", "DOM"], types: ["node"], noUnusedLocals: false,
    noUnusedParameters: false,
  }, ROOT);
  options.paths = { "gradus": [join(ROOT, "tests/docs/gradus.ts")] };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  return ts.createProgram([...sources.keys()], options, host);
}
/** What the compiler says about a file, with lines counted from 0. */
export function messagesOf(program: ts.Program, file: string): { readonly line: number; readonly text: string }[] {
  const source = program.getSourceFile(file)!;
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    .map(({ start, messageText }) => ({
      line: source.getLineAndCharacterOfPosition(start ?? 0).line,
      text: ts.flattenDiagnosticMessageText(messageText, " "),
    }));
}

/** What the compiler has to say about the code of all documents, as "README.md:12: message". */
export function typeErrors(): string[] {
  const sources = new Map<string, Source>();
  for (const source of [...documents().flatMap(blocksOfDocument), tableOf("docs/pytorch.md")]) {
    sources.set(join(ROOT, "tests/docs", `${source.name.replaceAll(/[/.]/g, "-")}-${sources.size}.ts`), source);
  }
  const program = programOf(new Map([...sources].map(([file, { code }]) => [file, code])));
  return [...sources].flatMap(([file, { name, lineOf }]) =>
    messagesOf(program, file).map(({ line, text }) => `${name}:${lineOf(line)}: ${text}`));
}
