import { GradusError, UsageError } from "../vocab/errors.ts";
import { suggestion } from "./arguments.ts";
import { DONE, FAILED, MISUSED, print, type Command, type Context } from "./context.ts";

/** Commands load when they are called: `gradus --help` needs no engine. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import("./train.ts")).TRAIN,
  tune: async () => (await import("./tune.ts")).TUNE,
  predict: async () => (await import("./predict.ts")).PREDICT,
  sample: async () => (await import("./sample.ts")).SAMPLE,
  data: async () => (await import("./data.ts")).DATA,
  convert: async () => (await import("./convert.ts")).CONVERT,
  export: async () => (await import("./export.ts")).EXPORT,
  lab: async () => (await import("./lab.ts")).LAB,
  models: async () => (await import("./models.ts")).MODELS,
  info: async () => (await import("./info.ts")).INFO,
};

/** Runs one command line and returns the exit code. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
      print(context, await overview());
      return name === undefined ? MISUSED : DONE;
    }
    if (!Object.hasOwn(COMMANDS, name)) {
      throw new UsageError(`unknown command "${name}"${suggestion(name, Object.keys(COMMANDS))}`);
    }
    const command = await COMMANDS[name]();
    if (!rest.includes("--help") && !rest.includes("-h")) return await command.run(rest, context);
    print(context, command.help);
    return DONE;
  } catch (error) {
    return report(error, name, context);
  }
}

/** One sentence; the stack only for those who ask for it. */
function report(error: unknown, name: string, { stderr }: Context): number {
  const known = error instanceof GradusError;
  const text = error instanceof Error ? error.message : String(error);
  stderr.write(`gradus: ${known ? text : `${text} (this is a fault in gradus; DEBUG=gradus shows where)`}\n`);
  if (process.env["DEBUG"] === "gradus" && error instanceof Error) stderr.write(`${error.stack ?? ""}\n`);
  if (!(error instanceof UsageError)) return FAILED;
  stderr.write(`Try: gradus ${Object.hasOwn(COMMANDS, name) ? `${name} ` : ""}--help\n`);
  return MISUSED;
}
async function overview(): Promise<string> {
  const lines: string[] = [];
  for (const [name, load] of Object.entries(COMMANDS)) lines.push(`  ${name.padEnd(8)} ${(await load()).summary}`);
  return `gradus: deep learning in TypeScript\n\nUsage: gradus <command> [options]\n\n${lines.join("\n")}\n\n` +
    "gradus <command> --help says more about one. DEBUG=gradus adds where an error came from.";
}
