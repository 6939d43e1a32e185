import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DataError, UsageError } from "../vocab/errors.ts";
import { describeOptions, numberOption, parseArguments, suggestion, type Options } from "./arguments.ts";
import { DONE, FAILED, print, printJson, type Command, type Context } from "./context.ts";

/** What `dist/labs/grader.js` exports; it is bundled from the lesson system, which is no part of the package. */
interface Grader {
  grade(
    source: string,
    lab: Lab,
    script: URL,
    options: {
      readonly libraries: Readonly<Record<string, string>>;
      readonly seconds?: number;
    },
  ): Promise<Report>;
  write(value: unknown): string;
}
interface Lab {
  readonly id: string;
  readonly lesson: string;
  readonly task: string;
  readonly starter: string;
  readonly hints: readonly string[];
  readonly meta: { readonly title: string; readonly minutes: number; readonly exports: readonly string[] };
}
interface Report {
  readonly passed: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly verdict: "passed" | "wrong" | "error" | "stopped" | "waiting";
    readonly message: string;
    readonly line: number | null;
    readonly difference: {
      readonly yours: readonly number[];
      readonly expected: readonly number[];
      readonly input: string;
    } | null;
  }[];
}
/** Where the grader and the texts are, and the library that labs import. */
export interface LabFolder {
  readonly folder: string;
  readonly libraries: Readonly<Record<string, string>>;
}

const OPTIONS = {
  json: { help: "one JSON object as the last line of stdout" },
  hint: { value: "N", help: "lab check: print the first N hints too" },
  seconds: { value: "S", help: "lab check: time that each check may take (5)" },
} as const satisfies Options<string>;
const SHOWN = 12;

/** `gradus lab`, over the labs that the build has packed into a folder. */
export const labCommand = ({ folder, libraries }: LabFolder): Command => ({
  summary: "do the labs of the course in the terminal",
  help:
    "Usage: gradus lab list\n       gradus lab start <lab> [file.ts]   writes the task and a start\n" +
    `       gradus lab check <lab> <file.ts>   grades it by what it does\n\nOptions:\n${describeOptions(OPTIONS)}`,
  async run(args, context) {
    const {
      options,
      positionals: [what, name, file],
    } = parseArguments(args, OPTIONS, 3);
    const labs = readLabs(folder);
    switch (what) {
      case "list":
        return list(labs, options.json !== undefined, context);
      case "start":
        return start(find(labs, name), file, context);
      case "check":
        break;
      case undefined:
        throw new UsageError("list, start or check?");
      default:
        throw new UsageError(`lab knows no "${what}"${suggestion(what, ["list", "start", "check"])}`);
    }
    const lab = find(labs, name);
    if (file === undefined) throw new UsageError(`which file? gradus lab check ${lab.id} ${lab.id}.ts`);
    if (!existsSync(file))
      throw new DataError(`there is no file ${file}; gradus lab start ${lab.id} ${file} writes one to begin with`);
    const script = pathToFileURL(join(folder, "grader.js"));
    const grader = (await import(script.href)) as Grader;
    const seconds = numberOption(options, "seconds", { above: 0 });
    const report = await grader.grade(readFileSync(file, "utf8"), lab, script, {
      libraries,
      ...(seconds === undefined ? {} : { seconds }),
    });
    if (options.json !== undefined) printJson(context, report);
    else printReport(report, grader, context);
    const hints = Math.min(lab.hints.length, numberOption(options, "hint", { min: 0, whole: true }) ?? 0);
    lab.hints.slice(0, hints).forEach((hint, i) => print(context, `\nHint ${i + 1} of ${lab.hints.length}: ${hint}`));
    return report.passed ? DONE : FAILED;
  },
});

function readLabs(folder: string): readonly Lab[] {
  const path = join(folder, "labs.json");
  if (!existsSync(path))
    throw new DataError("this installation carries no labs; npm run build --workspace gradus packs them");
  return JSON.parse(readFileSync(path, "utf8")) as Lab[];
}
function find(labs: readonly Lab[], name: string | undefined): Lab {
  if (name === undefined) throw new UsageError("which lab? gradus lab list shows them");
  const lab = labs.find(({ id }) => id === name);
  if (lab === undefined)
    throw new UsageError(
      `there is no lab "${name}"${suggestion(
        name,
        labs.map(({ id }) => id),
      )}`,
    );
  return lab;
}

function list(labs: readonly Lab[], json: boolean, context: Context): number {
  if (json) {
    printJson(context, {
      labs: labs.map(({ id, lesson, meta: { title, minutes } }) => ({ id, lesson, title, minutes })),
    });
    return DONE;
  }
  const width = Math.max(0, ...labs.map(({ id }) => id.length));
  for (const { id, lesson, meta } of labs)
    print(context, `${id.padEnd(width)}  ${lesson}: ${meta.title} (${meta.minutes} minutes)`);
  return DONE;
}
function start({ id, task, starter }: Lab, file = `${id}.ts`, context: Context): number {
  if (existsSync(file))
    throw new DataError(`${file} is there already; give another name, or check it: gradus lab check ${id} ${file}`);
  writeFileSync(file, starter);
  print(context, `${task.trim()}\n\nA start is in ${file}. When you have changed it: gradus lab check ${id} ${file}`);
  return DONE;
}

const SIGNS = { passed: "ok  ", wrong: "no  ", error: "no  ", stopped: "no  ", waiting: "    " } as const;
function printReport({ passed, checks }: Report, { write }: Grader, context: Context): void {
  for (const { name, verdict, message, line, difference } of checks) {
    print(context, `${SIGNS[verdict]}${name}`);
    if (verdict === "passed" || verdict === "waiting") continue;
    print(context, `    ${line === null ? "" : `Line ${line}. `}${message}`);
    if (difference === null) continue;
    print(context, `    yours     ${write(difference.yours.slice(0, SHOWN))}`);
    print(context, `    expected  ${write(difference.expected.slice(0, SHOWN))}`);
    if (difference.input !== "") print(context, `    for       ${difference.input}`);
  }
  const right = checks.filter(({ verdict }) => verdict === "passed").length;
  print(context, passed ? `All ${checks.length} checks pass.` : `${right} of ${checks.length} checks pass.`);
}

/** Where the build has put them, beside the command itself. */
const beside = (path: string): URL => new URL(path, import.meta.url);
export const LAB = labCommand({
  folder: fileURLToPath(beside("../labs/")),
  libraries: { "gradus": beside("../index.js").href, "gradus/models": beside("../models/index.js").href,
    "gradus/data": beside("../data/index.js").href, "gradus/text": beside("../text/index.js").href },
});
