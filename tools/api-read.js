// @ts-check
/** Reads the public surface of the library from its source: every exported name, its signature, docstring, members. */
import { join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "..");
const SOURCE = join(root, "packages/gradus/src");
export const FOLDER = join(root, "docs/api");
/** What can be imported, with the page that describes it. */
const ENTRIES = [
  { file: "index.ts", page: "gradus", from: "gradus" },
  { file: "models/index.ts", page: "models", from: "gradus/models" },
  { file: "data/index.ts", page: "data", from: "gradus/data" },
  { file: "text/index.ts", page: "text", from: "gradus/text" },
  { file: "pretrained/index.ts", page: "pretrained", from: "gradus/pretrained" },
  { file: "node.ts", page: "node", from: "gradus/node" },
];
/** Signatures are written in full, and never as `import("...").Name`. */
const FORMAT = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/**
 * @typedef {{ name: string, kind: "class" | "function" | "constant" | "type", signature: string, doc: string,
 *   rows: readonly Row[], types: readonly Link[], source: string, seeAlso: string | null, method: boolean }} Entry
 * @typedef {{ name: string, link: string }} Link
 * @typedef {{ name: string, type: string, doc: string }} Row
 * @typedef {{ page: string, title: string, doc: string, importing: string, entries: Entry[] }} Page
 * @typedef {ts.ClassDeclaration | ts.InterfaceDeclaration} Holder
 */

/** Code on one line, without comments. @param {string} text */
const oneLine = (text) => text.replace(/\/\*\*[\s\S]*?\*\//g, "").replace(/\/\/[^\n]*/g, "").replace(/\s+/g, " ")
  .replace(/([([]) /g, "$1").replace(/,? ([)\]])/g, "$1")
  .trim();
/** @param {string} page @param {string} name */
export const linkTo = (page, name) => `${page}.md#${name.toLowerCase()}`;

/** Reads the sources and describes every page. */
export function describe() {
  const { config } = ts.readConfigFile(join(root, "tsconfig.node.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(ENTRIES.map(({ file }) => join(SOURCE, file)), options);
  const checker = program.getTypeChecker();

  /** @type {(Omit<Page, "entries"> & { exports: { name: string, symbol: ts.Symbol }[] })[]} */
  const found = [];
  /** @type {Map<ts.Symbol, string>} where a symbol that several namespaces export is described */
  const described = new Map();

  /** @param {ts.Symbol} symbol */
  const resolved = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  /** @param {ts.Symbol} symbol */
  const docOf = (symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker))
    .replace(/\s+/g, " ").trim();
  /** @param {ts.Node} node */
  const textOf = (node) => oneLine(node.getText());
  /** @param {ts.Type} type @param {ts.Node} place */
  const typeText = (type, place) => oneLine(checker.typeToString(type, place, FORMAT));

  /** The comment at the top of a file. @param {ts.SourceFile} file */
  function headOf(file) {
    const [comment] = ts.getLeadingCommentRanges(file.text, 0) ?? [];
    if (comment === undefined || !file.text.startsWith("/**", comment.pos)) return "";
    return file.text.slice(comment.pos + 3, comment.end - 2).replace(/^\s*\* ?/gm, "").replace(/\s+/g, " ").trim();
  }
  /** @param {ts.SourceFile} file @param {string} page @param {string} title @param {string} importing */
  function visit(file, page, title, importing) {
    const module = checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${file.fileName} exports nothing`);
    /** @type {(typeof found)[number]["exports"]} */
    const exports = [];
    found.push({ page, title, doc: headOf(file), importing, exports });
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = resolved(exported), [declaration] = symbol.declarations ?? [];
      if (declaration !== undefined && ts.isSourceFile(declaration)) {
        const name = page === "gradus" ? exported.name : `${page}.${exported.name}`;
        visit(declaration, name, name, page === "gradus" ? `{ ${exported.name} } from "gradus"` : importing);
      } else exports.push({ name: exported.name, symbol });
    }
  }

  /** @param {ts.DeclarationWithTypeParameterChildren | ts.SignatureDeclaration} declaration */
  const parametersOf = (declaration) => (declaration.typeParameters === undefined ? ""
    : `<${declaration.typeParameters.map(textOf).join(", ")}>`);
  /** @param {ts.SignatureDeclaration} declaration */
  function signatureOf(declaration) {
    const signature = checker.getSignatureFromDeclaration(declaration);
    const result = declaration.type === undefined && signature !== undefined
      ? typeText(signature.getReturnType(), declaration) : declaration.type?.getText() ?? "void";
    const given = declaration.parameters.map((one) => one.getText()).join(", ");
    return oneLine(`${parametersOf(declaration)}(${given}): ${result}`);
  }
  /** @param {ts.TypeElement | ts.ClassElement} member @returns {Row} */
  function rowOf(member) {
    const symbol = member.name === undefined ? undefined : checker.getSymbolAtLocation(member.name);
    const optional = "questionToken" in member && member.questionToken !== undefined ? "?" : "";
    const written = "type" in member && !ts.isGetAccessor(member)
      ? /** @type {ts.TypeNode | undefined} */ (member.type) : undefined;
    const type = ts.isMethodDeclaration(member) || ts.isMethodSignature(member) ? signatureOf(member)
      : written === undefined ? typeText(checker.getTypeAtLocation(member), member) : oneLine(written.getText());
    return { name: `${member.name?.getText() ?? ""}${optional}`, type, doc: symbol === undefined ? "" : docOf(symbol) };
  }

  const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  /** @param {ts.TypeElement | ts.ClassElement} member */
  const isShown = (member) => member.name !== undefined && !ts.isPrivateIdentifier(member.name) &&
    !ts.isSetAccessor(member) && (ts.getCombinedModifierFlags(member) & HIDDEN) === 0;
  /** What a class or interface is made from, itself first; public ones have entries of their own and end the walk.
   * @param {Holder} declaration @returns {Holder[]} */
  function chainOf(declaration) {
    const parents = (declaration.heritageClauses ?? [])
      .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword).flatMap(({ types }) => types)
      .map(({ expression }) => checker.getSymbolAtLocation(expression))
      .flatMap((symbol) => (symbol === undefined ? [] : [resolved(symbol)]))
      .filter((symbol) => !described.has(symbol)).flatMap(({ declarations }) => declarations ?? [])
      .filter((one) => ts.isClassDeclaration(one) || ts.isInterfaceDeclaration(one))
      .filter((one) => one.getSourceFile().fileName.startsWith(SOURCE));
    return [declaration, ...parents.flatMap(chainOf)];
  }
  /** The members of a class or interface, and those it has from others that are not public. @param {Holder} holder */
  function rowsOf(holder) {
    /** @type {Map<string, Row>} */
    const rows = new Map();
    for (const part of chainOf(holder)) {
      for (const member of part.members) {
        if (!isShown(member)) continue;
        // What only overrides is described where it comes from, unless that is not public.
        const overrides = part === holder && (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Override) !== 0;
        const row = rowOf(member);
        if (!rows.has(row.name) && !(overrides && row.doc === "")) rows.set(row.name, row);
      }
    }
    return [...rows.values()];
  }
  /** @param {ts.ClassDeclaration} declaration @param {ts.Symbol} symbol @param {string} name */
  function classSignature(declaration, symbol, name) {
    const parents = (declaration.heritageClauses ?? []).map(textOf).join(" ");
    const abstract = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Abstract) !== 0;
    const head = oneLine(`${abstract ? "abstract " : ""}class ${name}${parametersOf(declaration)} ${parents}`);
    if (abstract) return head;
    const own = declaration.members.find(ts.isConstructorDeclaration);
    if (own !== undefined) {
      return `${head}\n${oneLine(`new ${name}(${own.parameters.map((one) => one.getText()).join(", ")})`)}`;
    }
    const made = checker.getTypeOfSymbol(symbol).getConstructSignatures().map((signature) => {
      const from = signature.declaration;
      if (from === undefined) return `new ${name}()`;
      if (!from.getSourceFile().fileName.startsWith(SOURCE)) return "";
      const text = oneLine(checker.signatureToString(signature, declaration, FORMAT, ts.SignatureKind.Construct));
      return text.replace(/^new (<[^(]*>)?/, `new ${name}`).replace(/: [\w<>, ]+$/, "")
        .replace(/ \| undefined(?=[,)])/g, "");
    });
    return [head, ...made.filter((text) => text !== "")].join("\n");
  }

  /** @param {ts.Symbol} symbol @param {string} name @returns {Pick<Entry, "kind" | "signature" | "rows">} */
  function contentOf(symbol, name) {
    const [declaration] = symbol.declarations ?? [];
    if (ts.isFunctionDeclaration(declaration)) {
      const overloads = (symbol.declarations ?? []).filter(ts.isFunctionDeclaration)
        .filter((one, _, all) => all.length === 1 || one.body === undefined);
      return { kind: "function", signature: overloads.map((one) => `${name}${signatureOf(one)}`).join("\n"), rows: [] };
    }
    if (ts.isVariableDeclaration(declaration)) {
      const { initializer } = declaration;
      if (initializer !== undefined && ts.isArrowFunction(initializer)) {
        return { kind: "function", signature: `${name}${signatureOf(initializer)}`, rows: [] };
      }
      const type = checker.getTypeOfSymbol(symbol), [call] = type.getCallSignatures();
      if (call !== undefined) {
        const signature = oneLine(`${name}${checker.signatureToString(call, declaration, FORMAT)}`);
        return { kind: "function", signature, rows: [] };
      }
      const shown = declaration.type === undefined ? typeText(type, declaration) : textOf(declaration.type);
      return { kind: "constant", signature: `const ${name}: ${shown}`, rows: [] };
    }
    if (ts.isClassDeclaration(declaration)) {
      return { kind: "class", signature: classSignature(declaration, symbol, name), rows: rowsOf(declaration) };
    }
    if (ts.isInterfaceDeclaration(declaration)) {
      const parents = (declaration.heritageClauses ?? []).map(textOf).join(" ");
      const signature = oneLine(`interface ${name}${parametersOf(declaration)} ${parents}`);
      return { kind: "type", signature, rows: rowsOf(declaration) };
    }
    return { kind: "type", signature: textOf(declaration).replace(/^export /, ""), rows: [] };
  }

  /** The public types in the signature of a symbol, with their places. @param {ts.Symbol} symbol @returns {Link[]} */
  function typesOf(symbol) {
    /** @type {Map<string, Link>} */
    const types = new Map();
    /** @param {ts.Node} node */
    const look = (node) => {
      if (ts.isTypeReferenceNode(node)) {
        const type = checker.getSymbolAtLocation(node.typeName);
        const link = type === undefined ? undefined : described.get(resolved(type));
        if (link !== undefined) types.set(link, { name: textOf(node.typeName), link });
      }
      ts.forEachChild(node, look);
    };
    for (const declaration of symbol.declarations ?? []) {
      if (ts.isClassDeclaration(declaration)) {
        const signatures = checker.getTypeOfSymbol(symbol).getConstructSignatures();
        for (const { declaration: made } of signatures) for (const one of made?.parameters ?? []) look(one);
      } else if (ts.isFunctionDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
        for (const part of "parameters" in declaration ? declaration.parameters : []) look(part);
        if (declaration.type !== undefined) look(declaration.type);
      } else if (ts.isVariableDeclaration(declaration)) {
        const { initializer, type } = declaration;
        if (initializer !== undefined && ts.isArrowFunction(initializer)) {
          for (const part of [...initializer.parameters, initializer.type]) if (part !== undefined) look(part);
        }
        if (type !== undefined) look(type);
      }
    }
    return [...types.values()].filter(({ name }) => name !== "Tensor");
  }

  for (const { file, page, from } of ENTRIES) {
    const source = program.getSourceFile(join(SOURCE, file));
    if (source === undefined) throw new Error(`${file} is missing`);
    visit(source, page, from, `{ ... } from "${from}"`);
  }
  for (const { page, exports } of found) {
    for (const { name, symbol } of exports) if (!described.has(symbol)) described.set(symbol, linkTo(page, name));
    exports.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const methods = methodsOf(checker, found.flatMap(({ exports }) => exports));
  return found.map(({ exports, ...page }) => ({
    ...page,
    entries: exports.map(({ name, symbol }) => {
      const [declaration] = symbol.declarations ?? [];
      const source = relative(FOLDER, declaration.getSourceFile().fileName).replaceAll("\\", "/");
      const here = linkTo(page.page, name), first = described.get(symbol) ?? here;
      const content = contentOf(symbol, name);
      const method = page.page === "gradus" && content.kind === "function" && methods.has(name);
      const types = typesOf(symbol).filter(({ link }) => link !== first);
      return { name, ...content, doc: docOf(symbol), types, source, seeAlso: first === here ? null : first, method };
    }),
  }));
}

/**
 * The names that `x.` offers.
 * @param {ts.TypeChecker} checker
 * @param {{ name: string, symbol: ts.Symbol }[]} exports
 */
function methodsOf(checker, exports) {
  const tensor = exports.find(({ name }) => name === "TensorMethods");
  if (tensor === undefined) throw new Error("TensorMethods is not exported");
  return new Set(checker.getDeclaredTypeOfSymbol(tensor.symbol).getProperties().map(({ name }) => name));
}
