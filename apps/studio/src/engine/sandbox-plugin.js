// @ts-check
/**
 * The modules `virtual:sandbox/*`: the library as one text and the small programs that run beside it in the sandbox, as
 * texts; and the library's public names with their first sentences, for completion.
 */
import { join, resolve } from "node:path";
import { build } from "vite";

const ID = "virtual:sandbox/";
const here = import.meta.dirname;
const library = resolve(here, "../../../../packages/gradus");

/** A module with everything it imports, as one text. @param {string} entry */
async function bundle(entry) {
  const made = await build({
    configFile: false,
    logLevel: "warn",
    root: here,
    publicDir: false,
    resolve: { conditions: ["browser"] },
    build: {
      target: "es2022",
      write: false,
      lib: { entry: join(here, entry), formats: ["es"], fileName: "text" },
      rolldownOptions: { output: { codeSplitting: false, minify: true } },
    },
  });
  const [{ output }] = /** @type {import("vite").Rolldown.RolldownOutput[]} */ (made);
  return output[0].code;
}

/** Public names with signatures and first sentences, from the declarations of the built library. */
async function publicNames() {
  const { default: ts } = await import("typescript");
  const entry = join(library, "dist/index.d.ts");
  const program = ts.createProgram([entry], {
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`there are no declarations at ${entry}; build the library first`);
  const resolved = (/** @type {import("typescript").Symbol} */ symbol) =>
    (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;
  /** @type {import("./sandbox-names.ts").PublicName[]} */
  const names = [];
  /** @param {string} name @param {import("typescript").Symbol} symbol @param {"gradus"|"nn"|"F"|"optim"|"tensor"} of */
  const add = (name, symbol, of) => {
    const { flags } = symbol;
    if ((flags & ts.SymbolFlags.Value) === 0 || name.startsWith("_")) return;
    const type = checker.getTypeOfSymbol(symbol);
    const call = type.getCallSignatures()[0] ?? type.getConstructSignatures()[0];
    const written = symbol.getDocumentationComment(checker);
    const doc = ts.displayPartsToString(written.length > 0 ? written : call?.getDocumentationComment(checker));
    const kind =
      (flags & ts.SymbolFlags.Class) !== 0
        ? "class"
        : (flags & ts.SymbolFlags.Module) !== 0
          ? "namespace"
          : of === "tensor"
            ? "method"
            : call !== undefined
              ? "function"
              : "constant";
    const signature =
      call === undefined
        ? ""
        : checker
            .signatureToString(call)
            .replace(/\bNode<[^>]*>/g, "Tensor")
            .slice(0, 120);
    names.push({
      name,
      of,
      kind,
      signature,
      about: /^[^.]*(?:\.(?!\s|$)[^.]*)*\.?/.exec(doc.replaceAll("\n", " "))?.[0] ?? "",
    });
  };
  for (const symbol of checker.getExportsOfModule(module)) {
    const target = resolved(symbol),
      { name } = symbol;
    add(name, target, "gradus");
    if (name === "nn" || name === "F" || name === "optim") {
      for (const inner of checker.getExportsOfModule(target)) add(inner.name, resolved(inner), name);
    }
    if (name === "TensorMethods") {
      for (const method of checker.getDeclaredTypeOfSymbol(target).getProperties())
        add(method.name, method, "tensor");
    }
  }
  // A lifted method is described where its function is.
  return names.map((name) =>
    name.of !== "tensor" || name.about !== ""
      ? name
      : { ...name, about: names.find((other) => other.of === "gradus" && other.name === name.name)?.about ?? "" },
  );
}

/** @returns {import("vite").Plugin} */
export function sandboxPlugin() {
  /** @type {Map<string, Promise<string>>} */
  const made = new Map();
  /** @param {string} what */
  const make = async (what) => {
    switch (what) {
      case "library":
        return bundle("sandbox-library.ts");
      case "cell":
        return bundle("sandbox-cell.ts");
      case "lab":
        return bundle("sandbox-lab.ts");
      case "names":
        return JSON.stringify(await publicNames());
      default:
        throw new Error(`there is nothing called ${ID}${what}`);
    }
  };
  return {
    name: "gradus-sandbox",
    resolveId: (id) => (id.startsWith(ID) ? `\0${id}` : undefined),
    async load(id) {
      if (!id.startsWith(`\0${ID}`)) return;
      const what = id.slice(ID.length + 1);
      let text = made.get(what);
      if (text === undefined) made.set(what, (text = make(what)));
      return `export default ${what === "names" ? await text : JSON.stringify(await text)};`;
    },
  };
}
