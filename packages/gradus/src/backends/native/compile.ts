import { spawn, spawnSync } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { BackendError } from "../../vocab/errors.ts";

/**
 * -O2 suffices because kernels name their accumulators; 512-bit vectors are not gcc's default; contraction is off so
 * that every rounding is written in the source; integers wrap as they do elsewhere. Vectors are written in the source
 * too: looking for more takes a sixth of the compiler's time and finds nothing.
 */
const FLAGS = [
  "-std=gnu11", "-O2", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fwrapv", "-fno-strict-aliasing",
  "-fno-tree-vectorize", "-fno-asynchronous-unwind-tables", "-shared", "-fPIC", "-w", "-x", "c",
];

/** A C compiler that answered. */
export interface Compiler {
  readonly path: string;
  /** First line of its version and all flags: part of the cache's key. */
  readonly version: string;
  readonly flags: readonly string[];
}

/** Looks for `cc`, `gcc` or `clang` on the path (or takes $CC). */
export async function findCompiler(): Promise<Compiler> {
  if (process.platform === "darwin") await commandLineTools();
  const named = process.env.CC;
  const names = named === undefined || named === "" ? ["cc", "gcc", "clang"] : [named];
  for (const name of names) {
    const path = await onPath(name);
    if (path === null) continue;
    const asked = await run(path, ["--version"], {});
    if (asked.code !== 0) continue;
    return { path, version: asked.output.split("\n")[0], flags: flagsFor() };
  }
  throw new BackendError(
    `native: no C compiler was found (looked for ${names.join(", ")} on the PATH); ` +
    `install one, for example with "apt install gcc", or set CC`);
}

/** Compiles a source, given on standard input, into a shared object. */
export async function compile(compiler: Compiler, source: string, output: string, folder: string): Promise<void> {
  const { code, output: said } = await run(compiler.path, argumentsFor(compiler, output), { input: source, folder });
  if (code !== 0) throw failed(compiler, said);
}

/** The same, waiting. */
export function compileSync(compiler: Compiler, source: string, output: string, folder: string): void {
  const done = spawnSync(compiler.path, argumentsFor(compiler, output), {
    input: source, env: environment(folder), encoding: "utf8", stdio: ["pipe", "ignore", "pipe"],
  });
  if (done.status !== 0) throw failed(compiler, done.error?.message ?? done.stderr);
}

function flagsFor(): string[] {
  if (process.arch === "x64") return ["-march=native", "-mprefer-vector-width=512", ...FLAGS];
  return process.arch === "arm64" ? ["-mcpu=native", ...FLAGS] : FLAGS;
}
const argumentsFor = (compiler: Compiler, output: string): string[] =>
  [...compiler.flags, "-o", output, "-", ...(process.platform === "linux" ? ["-lpthread", "-ldl"] : [])];

/** Messages in English, temporary files in the private folder. */
const environment = (folder: string): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: "C", TMPDIR: folder });

function failed(compiler: Compiler, said: string): BackendError {
  const line = said.split("\n").find((text) => text.includes("error")) ?? said.split("\n")[0];
  return new BackendError(`native: ${compiler.path} could not compile a kernel: ${line.trim().slice(0, 300)}`);
}

/** Without the command line tools, macOS's `cc` is a window that offers to install them. */
async function commandLineTools(): Promise<void> {
  const asked = await run("/usr/bin/xcode-select", ["-p"], {});
  if (asked.code !== 0) {
    throw new BackendError(`native: the macOS command line tools are not installed; run "xcode-select --install"`);
  }
}

async function onPath(name: string): Promise<string | null> {
  const folders = isAbsolute(name) ? [""] : (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

interface RunOptions {
  readonly input?: string;
  readonly folder?: string;
}
function run(path: string, args: readonly string[], options: RunOptions): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(path, args, {
      stdio: ["pipe", "pipe", "pipe"], env: environment(options.folder ?? process.env.TMPDIR ?? "/tmp"),
    });
    let output = "";
    const take = (data: Buffer): void => {
      if (output.length < 100_000) output += data.toString("utf8");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => resolve({ code: 1, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
    // A compiler that stops early closes its input; its exit code says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}
