import * as files from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { format } from "node:util";
import { runInThisContext } from "node:vm";
import ts from "typescript";
import * as data from "../../packages/gradus/src/data/index.ts";
import * as models from "../../packages/gradus/src/models/index.ts";
import * as node from "../../packages/gradus/src/node.ts";
import * as pretrained from "../../packages/gradus/src/pretrained/index.ts";
import * as gradus from "./gradus.ts";

const MODULES: Readonly<Record<string, object>> = {
  "gradus": gradus, "gradus/data": data, "gradus/models": models, "gradus/node": node,
  "gradus/pretrained": pretrained,
  "node:fs/promises": files, "node:os": os, "node:path": path,
};
type Body = (modules: typeof MODULES, console: { readonly log: (...values: unknown[]) => void }) => Promise<void>;

/** Runs a block as a reader would, and returns what it prints. */
export async function runBlock(code: string): Promise<string> {
  const { outputText } = ts.transpileModule(importsAsConstants(code), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const lines: string[] = [];
  const body = runInThisContext(`(async (modules, console) => {${outputText}\n})`) as Body;
  await body(MODULES, { log: (...values) => { lines.push(`${format(...values)}\n`); } });
  return lines.join("");
}

/** `import { a, b as c, type D } from "gradus"` becomes `const { a, b: c } = modules["gradus"]`. */
function importsAsConstants(code: string): string {
  return code.replace(/^import \{([^}]*)\} from "([^"]*)";$/gm, (_, names: string, from: string) => {
    if (!Object.hasOwn(MODULES, from)) {
      throw new Error(`the block imports "${from}", which is none of ${Object.keys(MODULES).join(", ")}`);
    }
    const values = names.split(",").map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "));
    return `const { ${values.map((name) => name.replace(" as ", ": ")).join(", ")} } = modules["${from}"];`;
  });
}
