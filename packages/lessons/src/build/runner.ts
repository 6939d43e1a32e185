/**
 * Runs TypeScript of the course with the built library, as the pages do: figures, cells and the code of quiz items.
 * One runner serves a whole build.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { createServer, parseAstAsync } from "vite";
import { formatPrinted } from "./value.ts";

/** What a piece of code did. */
export interface Ran {
  /** What it printed, a text per call. */
  readonly printed: readonly string[];
  /** The value of its last expression. */
  readonly value: unknown;
  readonly error?: Error;
}

export interface Runner {
  /** The module of a file, given by its absolute path. */
  load(file: string): Promise<Readonly<Record<string, unknown>>>;
  /** Runs code; everything random in it starts from the same seed. */
  run(code: string): Promise<Ran>;
  close(): Promise<void>;
}

const PREFIX = "virtual:course-code/";
const LIBRARY = `${PREFIX}library.ts`;
/** What lessons may import of the library. */
const GRADUS = ["gradus", "gradus/data", "gradus/models", "gradus/text", "gradus/pretrained"];

/** `root`: a folder from which `gradus` can be imported. */
export async function createRunner(root: string): Promise<Runner> {
  const codes = new Map<string, string>();
  const isBuilt = createRequire(join(root, "package.json")).resolve("gradus").endsWith(".js");
  const server = await createServer({
    configFile: false, root, logLevel: "silent", appType: "custom", cacheDir: "node_modules/.cache/gradus-runner",
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true, include: [] },
    // Lessons are sources; the library is what was built, loaded by Node itself, unless Node was told to take sources.
    ssr: isBuilt ? { noExternal: [/^@gradus\//], external: GRADUS } : { noExternal: [/^@gradus\//, ...GRADUS] },
    plugins: [{
      name: "course-code",
      resolveId: (id) => codes.has(id) ? id : undefined,
      load: (id) => codes.get(id),
    }],
  });
  const load = async (file: string) => await server.ssrLoadModule(file) as Readonly<Record<string, unknown>>;
  codes.set(LIBRARY, 'export * from "gradus";');
  const gradus = await load(LIBRARY);
  const seed = gradus.manualSeed as (seed: number) => void;
  // One thread of WebAssembly is what every reader has; its numbers are the ones to print.
  await (gradus.useBackend as (name: string, options: object) => Promise<unknown>)("wasm", { threads: 1 });
  let count = 0;
  return {
    load,
    close: () => server.close(),
    async run(code) {
      const id = `${PREFIX}${count++}.ts`;
      const printed: string[] = [];
      const { log } = console;
      console.log = (...values: unknown[]) => { printed.push(formatPrinted(values)); };
      try {
        codes.set(id, await withValue(code));
        seed(0);
        return { value: (await load(id)).default, printed };
      } catch (error) {
        return { value: undefined, printed, error: error instanceof Error ? error : new Error(String(error)) };
      } finally {
        console.log = log;
        codes.delete(id);
      }
    },
  };
}

/** The code with its last expression made the module's default export. */
export async function withValue(code: string): Promise<string> {
  const { body } = await parseAstAsync(code, { lang: "ts" });
  const last = body.at(-1);
  if (last?.type !== "ExpressionStatement") return code;
  const { start, end } = last.expression;
  return `${code.slice(0, start)}export default (${code.slice(start, end)})${code.slice(end)}`;
}
