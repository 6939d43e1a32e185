/**
 * A learner's TypeScript as a module that a worker can import: types stripped, imports taken from the realm around it,
 * loops guarded, lines kept. Runs wherever the text is written (page, command line, test); its result runs elsewhere.
 */
import { parser } from "@lezer/javascript";
import { transform } from "sucrase";

/** A text that cannot run, with the line to mark (from 1); null where the line is not known. */
export class SourceFault extends Error {
  readonly line: number | null;
  constructor(message: string, line: number | null) {
    super(message);
    this.name = "SourceFault";
    this.line = line;
  }
}

/** What happens to a last expression: nothing, it is shown, or its graph or kernels are. */
export type Last = "keep" | "value" | "graph" | "kernels";

export interface CompileOptions {
  /** Modules that may be imported. */
  readonly modules: readonly string[];
  /** Names the text in stacks of errors. */
  readonly name: string;
  readonly last?: Last;
  /** Names of earlier cells that it may use. */
  readonly scope?: readonly string[];
  /** Whether all its top-level names are exported, for later cells. */
  readonly publish?: boolean;
}

export interface Compiled {
  /** An ES module without imports. It expects `globalThis.$gradus`, a `Realm`. */
  readonly code: string;
  /** Its own top-level names. */
  readonly names: readonly string[];
  /** Names it uses without declaring them at its top. */
  readonly uses: readonly string[];
  /** Whether it ends in an expression. */
  readonly expression: boolean;
}

/** Types removed, everything else in its line. Throws a SourceFault where the text is no TypeScript. */
export function stripTypes(source: string): string {
  const lines = source.split("\n");
  const space = lines.findIndex((line) =>
    /^\s*(export\s+)?(declare\s+)?(namespace|module)\s+[\w$.]+\s*\{/.test(line),
  );
  // The stripper would drop it without a word.
  if (space >= 0)
    throw new SourceFault("Namespaces are not supported here; use a plain object or functions.", space + 1);
  try {
    return transform(source, { transforms: ["typescript"], disableESTransforms: true }).code;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const place = /\((\d+):\d+\)/.exec(text);
    const line = place === null ? null : Number(place[1]);
    const what = text.replace(/^Error transforming [^:]*: /, "").replace(/\s*\(\d+:\d+\)/, "");
    throw new SourceFault(line === null ? what : `Line ${line} cannot be read: ${lowerFirst(what)}.`, line);
  }
}
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");

/** Compiles a text. Throws a SourceFault for what can be seen to be wrong before it runs. */
export function compile(source: string, options: CompileOptions): Compiled {
  return new Compiler(stripTypes(source), options).compile();
}

/** The line of the first place that is no JavaScript, for errors of an engine that does not name it; null if none. */
export function firstFault(source: string): number | null {
  let found: number | null = null;
  parser
    .configure({ dialect: "ts" })
    .parse(source)
    .iterate({
      enter(node) {
        if (node.type.isError && found === null) found = lineAt(source, node.from);
        return found === null;
      },
    });
  return found;
}

const lineAt = (text: string, position: number): number => text.slice(0, position).split("\n").length;

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly order: number;
}
type Tree = ReturnType<typeof parser.parse>["topNode"];
const LOOP = /^(For|While|Do)Statement$/;
/** Names that are known in one place of a text, and around it. */
interface Scope {
  readonly names: Set<string>;
  readonly around: Scope | null;
}

class Compiler {
  private readonly text: string;
  private readonly options: CompileOptions;
  private readonly edits: Edit[] = [];
  private readonly names: string[] = [];
  private readonly exported = new Set<string>();

  constructor(text: string, options: CompileOptions) {
    this.text = text;
    this.options = options;
  }

  compile(): Compiled {
    const tree = parser.parse(this.text);
    let last: Tree | null = null;
    for (let node = tree.topNode.firstChild; node !== null; node = node.nextSibling) {
      if (!/Comment$/.test(node.name)) last = node;
      this.statement(node);
    }
    tree.iterate({
      enter: (node) => {
        if (LOOP.test(node.name)) this.guard(node.node);
      },
    });
    const uses = this.free(tree.topNode).filter((name) => !this.names.includes(name));
    const expression = last?.name === "ExpressionStatement";
    if (expression) this.last(last!);
    const scope = (this.options.scope ?? []).filter((name) => uses.includes(name));
    const before = scope.length === 0 ? "" : `let { ${scope.join(", ")} } = $gradus.scope; `;
    const own = this.options.publish === true ? this.names.filter((name) => !this.exported.has(name)) : [];
    const after = own.length === 0 ? "" : `\nexport { ${own.join(", ")} };`;
    // A file that imports and exports nothing is a module all the same.
    const code = `${before}${this.edited()}${after}\nexport {};\n//# sourceURL=${this.options.name}`;
    return { code, names: this.names, uses, expression };
  }

  /** Names that are used where nothing of the text declares them. */
  private free(top: Tree): string[] {
    const uses: { readonly name: string; readonly scope: Scope }[] = [];
    const walk = (node: Tree, around: Scope): void => {
      const opens =
        /^(Block|ForStatement|CatchClause|SwitchBody)$/.test(node.name) || node.getChild("ParamList") !== null;
      const scope = opens ? { names: new Set<string>(), around } : around;
      if (node.name === "VariableName") uses.push({ name: this.slice(node), scope });
      if (node.name === "VariableDefinition") {
        // The name of a function is known around it; its parameters inside.
        const named = node.parent?.name === "FunctionDeclaration" ? (scope.around ?? scope) : scope;
        named.names.add(this.slice(node));
      }
      for (let child = node.firstChild; child !== null; child = child.nextSibling) walk(child, scope);
    };
    walk(top, { names: new Set(), around: null });
    const known = (name: string, scope: Scope | null): boolean =>
      scope !== null && (scope.names.has(name) || known(name, scope.around));
    return [...new Set(uses.filter(({ name, scope }) => !known(name, scope)).map(({ name }) => name))];
  }

  private statement(node: Tree): void {
    switch (node.name) {
      case "ImportDeclaration":
        return this.import(node);
      case "ExportDeclaration":
        return this.export(node);
      case "VariableDeclaration":
      case "FunctionDeclaration":
      case "ClassDeclaration":
        return this.declare(node);
      default:
    }
  }

  /** Notes the names that a declaration makes, patterns included. */
  private declare(node: Tree): void {
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
      if (child.name === "VariableDefinition") this.names.push(this.slice(child));
      else if (/^(Object|Array)Pattern$|^PatternProperty$/.test(child.name)) this.declare(child);
    }
  }

  private export(node: Tree): void {
    if (node.getChild("String") !== null) {
      throw new SourceFault("Exports from other modules are not supported here.", this.line(node));
    }
    const before = this.names.length;
    for (let child = node.firstChild; child !== null; child = child.nextSibling) this.statement(child);
    for (const name of this.names.slice(before)) this.exported.add(name);
    const group = node.getChild("ExportGroup");
    for (const child of group?.getChildren("VariableName") ?? []) this.exported.add(this.slice(child));
  }

  private import(node: Tree): void {
    const from = node.getChild("String");
    const module = from === null ? "" : this.slice(from).slice(1, -1);
    const line = this.line(node);
    if (!this.options.modules.includes(module)) {
      const known = this.options.modules
        .filter((name) => !name.startsWith("."))
        .map((name) => `"${name}"`)
        .join(", ");
      throw new SourceFault(`There is no module "${module}" here; import from ${known}.`, line);
    }
    const source = JSON.stringify(module);
    let text = "";
    const group = node.getChild("ImportGroup"),
      star = node.getChild("Star");
    if (group !== null) {
      const pairs = this.slice(group)
        .replace(/\/\*.*?\*\/|\/\/.*$/gms, "")
        .slice(1, -1)
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "")
        .map((part) => part.split(/\s+as\s+/));
      this.names.push(...pairs.map(([name, own = name]) => own));
      text =
        `const { ${pairs.map(([name, own = name]) => (name === own ? name : `${name}: ${own}`)).join(", ")} } = ` +
        `$gradus.take(${source}, ${JSON.stringify(pairs.map(([name]) => name))});`;
    } else if (star !== null) {
      const own = this.slice(node.getChild("VariableDefinition")!);
      this.names.push(own);
      text = `const ${own} = $gradus.take(${source}, []);`;
    } else if (node.getChild("VariableDefinition") !== null) {
      throw new SourceFault(`"${module}" has no default export; write import { ... } from "${module}".`, line);
    }
    this.edit(node.from, node.to, text + "\n".repeat(this.slice(node).split("\n").length - 1));
  }

  /** A loop asks for the time before each round, so that one that never ends can be named and stopped. */
  private guard(loop: Tree): void {
    const check = `if (--$gradus.left < 0) $gradus.late(${this.line(loop)});`;
    const body = loop.name === "DoStatement" ? loop.firstChild?.nextSibling : loop.lastChild;
    if (body == null || body.type.isError) return;
    if (body.name === "Block") return this.edit(body.from + 1, body.from + 1, ` ${check}`);
    // The end of an inner loop may be this loop's end as well: the inner brace closes first.
    this.edit(body.from, body.from, `{ ${check} `);
    this.edit(body.to, body.to, " }");
  }

  private last(node: Tree): void {
    const { last = "keep" } = this.options;
    if (last === "keep") return;
    const inner = node.firstChild!;
    const line = this.line(node);
    const open =
      last === "value" ? `await $gradus.value(${line}, (` : `await $gradus.explain(${line}, "${last}", () => (`;
    this.edit(inner.from, inner.from, open);
    this.edit(inner.to, inner.to, "))");
  }

  private edit(from: number, to: number, text: string): void {
    this.edits.push({ from, to, text, order: this.edits.length });
  }
  private edited(): string {
    let text = "",
      at = 0;
    for (const edit of this.edits.sort((a, b) => a.from - b.from || a.order - b.order)) {
      text += this.text.slice(at, edit.from) + edit.text;
      at = edit.to;
    }
    return text + this.text.slice(at);
  }
  private slice(node: { readonly from: number; readonly to: number }): string {
    return this.text.slice(node.from, node.to);
  }
  private line(node: { readonly from: number }): number {
    return lineAt(this.text, node.from);
  }
}
