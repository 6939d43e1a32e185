import { join } from "node:path";
import ts from "typescript";
import { blocksOf, documents, readDocument, ROOT } from "./blocks.ts";

/** What the compiler has to say about the code blocks of all documents, as "README.md:12: message". */
export function typeErrors(): string[] {
  const sources = new Map<string, { readonly code: string; readonly name: string; readonly line: number }>();
  for (const name of documents()) {
    blocksOf(readDocument(name)).forEach(({ code, line }, i) => {
      const file = join(ROOT, "tests/docs", `${name.replaceAll(/[/.]/g, "-")}-${i}.ts`);
      sources.set(file, { code: `export {};${code}`, name, line });
    });
  }
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({
    ...config.compilerOptions, lib: ["ES2023", "ESNext.Disposable", "DOM"], types: ["node"], noUnusedLocals: false,
  }, ROOT);
  options.paths = { "gradus": [join(ROOT, "tests/docs/gradus.ts")] };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file)?.code ?? readFile(file);
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources].flatMap(([file, { name, line }]) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start, messageText }) => {
      const at = line + source.getLineAndCharacterOfPosition(start ?? 0).line;
      return `${name}:${at}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}
