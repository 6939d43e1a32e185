/** What a lesson's folder holds, read and checked, before anything is run. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Code, Root } from "mdast";
import type { Essay, QuizItem, Term } from "../quiz.ts";
import type { LabMeta } from "../lab.ts";
import { parseData, readData, readText, type Read } from "./data.ts";
import { fenceOptions } from "./fence.ts";
import { checkMarkdown, lineOf, parseMarkdown, type Origin } from "./markdown.ts";
import type { Problems } from "./problem.ts";
import { essays, frontMatter, glossary, labMeta, quiz, slug, type FrontMatter } from "./schemas.ts";

export interface FigureSource {
  readonly id: string;
  /** From the folder of the course. */
  readonly file: string;
}
/** A runnable piece of code in the text. */
export interface CellSource {
  readonly id: string;
  readonly code: string;
  readonly line: number;
  /** Whether an error is what it shows. */
  readonly throws: boolean;
}
export interface LabSource {
  readonly id: string;
  /** From the folder of the course. */
  readonly folder: string;
  readonly meta: LabMeta;
  readonly task: string;
  readonly starter: string;
  readonly reference: string;
  readonly checks: string;
  readonly hints: readonly string[];
  /** Other right answers and wrong ones, by name. */
  readonly alt: Readonly<Record<string, string>>;
  readonly wrong: Readonly<Record<string, string>>;
}
export interface LessonSource extends FrontMatter {
  /** From the folder of the course, `0-foundations/02-probability`. */
  readonly folder: string;
  readonly part: number;
  readonly front: Read<FrontMatter>;
  readonly root: Root;
  readonly origin: Origin;
  readonly figures: readonly FigureSource[];
  readonly cells: readonly CellSource[];
  readonly labs: readonly LabSource[];
  readonly quiz: readonly QuizItem[];
  readonly quizLine: (index: number) => number;
  readonly essays: readonly Essay[];
  readonly terms: readonly Term[];
}

/** The folders in a folder, in order; hidden ones left out. */
export function foldersIn(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => !name.startsWith(".") && statSync(join(path, name)).isDirectory()).sort();
}
function filesIn(path: string, end: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => name.endsWith(end) && !name.endsWith(`.test${end}`)).sort();
}

/** Reads one lesson; nothing where its front matter cannot be read. */
export function readLesson(root: string, folder: string, part: number, problems: Problems): LessonSource | undefined {
  const file = `${folder}/lesson.md`;
  const text = readText(root, file, problems);
  if (text === undefined) return undefined;
  const match = /^---\n([\s\S]*?)\n---\n/.exec(text);
  if (match === null) {
    problems.add(file, 1, "a lesson begins with front matter between two lines of ---");
    return undefined;
  }
  const front = parseData(frontMatter, match[1], file, problems, 2);
  if (front === undefined) return undefined;
  const origin: Origin = { file, above: match[0].split("\n").length - 1, problems };
  const tree = parseMarkdown(text.slice(match[0].length));
  checkMarkdown(tree, origin);
  const questions = readData(quiz, root, `${folder}/quiz.yaml`, problems, true);
  const written = readData(essays, root, `${folder}/essay.yaml`, problems, true);
  const terms = readData(glossary, root, `${folder}/glossary.yaml`, problems, true);
  checkDouble(questions, `${folder}/quiz.yaml`, problems);
  checkDouble(written, `${folder}/essay.yaml`, problems);
  return {
    ...front.value, folder, part, front, root: tree, origin,
    figures: readFigures(root, folder, problems), cells: readCells(tree, origin),
    labs: foldersIn(join(root, folder, "labs")).flatMap((id) => readLab(root, folder, id, problems) ?? []),
    quiz: questions?.value ?? [], quizLine: (index) => questions?.line(index) ?? 1,
    essays: written?.value ?? [], terms: terms?.value ?? [],
  };
}

function checkDouble(read: Read<readonly { readonly id: string }[]> | undefined, file: string,
  problems: Problems): void {
  const seen = new Set<string>();
  read?.value.forEach(({ id }, i) => {
    if (seen.has(id)) problems.add(file, read.line(i), `there are two entries ${id}`);
    seen.add(id);
  });
}

function readFigures(root: string, folder: string, problems: Problems): readonly FigureSource[] {
  return filesIn(join(root, folder, "figures"), ".ts").flatMap((name) => {
    const id = name.slice(0, -3), file = `${folder}/figures/${name}`;
    if (slug.safeParse(id).success) return [{ id, file }];
    problems.add(file, 1, "a figure's file is named by its id, in lower case words joined by hyphens");
    return [];
  });
}

/** The cells of a lesson: each directive with the code below it. */
function readCells(tree: Root, origin: Origin): readonly CellSource[] {
  return tree.children.flatMap((node, i) => {
    if (node.type !== "leafDirective" || node.name !== "cell") return [];
    const id = node.attributes?.id ?? "", code = tree.children[i + 1];
    const line = lineOf(node, origin);
    if (code?.type !== "code" || code.lang !== "ts") {
      origin.problems.add(origin.file, line, `below ::cell{#${id}} must stand code, fenced as ts`);
      return [];
    }
    return [{ id, code: code.value, line: lineOf(code, origin), throws: node.attributes?.throws !== undefined }];
  });
}

function readLab(root: string, lesson: string, id: string, problems: Problems): LabSource | undefined {
  const folder = `${lesson}/labs/${id}`;
  const meta = readData(labMeta, root, `${folder}/meta.json`, problems);
  const [task, starter, reference, checks, hints] = ["task.md", "starter.ts", "reference.ts", "checks.ts", "hints.md"]
    .map((name) => readText(root, `${folder}/${name}`, problems));
  if (!slug.safeParse(id).success) problems.add(`${folder}/meta.json`, 1, `the lab's folder ${id} must be ` +
    `lower case words`);
  if (meta === undefined || task === undefined || starter === undefined || reference === undefined ||
    checks === undefined || hints === undefined) return undefined;
  const steps = splitHints(hints);
  if (steps.length === 0) problems.add(`${folder}/hints.md`, 1, "a lab has at least one hint");
  const variants = (kind: string): Readonly<Record<string, string>> =>
    Object.fromEntries(filesIn(join(root, folder, kind), ".ts").map((name) =>
      [name.slice(0, -3), readText(root, `${folder}/${kind}/${name}`) ?? ""]));
  return {
    id, folder, meta: meta.value, task, starter, reference, checks, hints: steps,
    alt: variants("alt"), wrong: variants("wrong"),
  };
}

/** Hints are divided by lines of ---, or by headings, or are the items of one list. */
export function splitHints(text: string): readonly string[] {
  const trim = (parts: readonly string[]): readonly string[] => parts.map((part) => part.trim()).filter((part) =>
    part !== "");
  if (/^---$/m.test(text)) return trim(text.split(/^---$/m));
  if (/^#{1,6} /m.test(text)) {
    return trim(text.split(/^(?=#{1,6} )/m).map((part) => part.replace(/^#{1,6} .*\n?/, "")));
  }
  if (/^(\d+\.|-) /m.test(text)) return trim(text.split(/^(?:\d+\.|-) /m));
  return trim([text]);
}

/** Whether a fence's code is taken from a file. */
export const sourceOf = (code: Code): string | undefined => fenceOptions(code.meta).from;
