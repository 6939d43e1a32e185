/** Labs as the files of course/ hold them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { LabMeta } from "../lab.ts";
import { splitHints } from "../build/sources.ts";
import type { LabTexts } from "./session.ts";

export interface LabFolder extends LabTexts {
  /** The folder's name. */
  readonly id: string;
  /** The lesson's folder. */
  readonly lesson: string;
  readonly folder: string;
  readonly task: string;
  readonly starter: string;
  readonly hints: readonly string[];
  /** Names and texts of wrong/ and alt/. */
  readonly wrong: readonly (readonly [name: string, text: string])[];
  readonly alt: readonly (readonly [name: string, text: string])[];
}

const COURSE = resolve(import.meta.dirname, "../../../../course");
const folders = (path: string): string[] =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(path, entry.name))
        .sort()
    : [];

/** What a lab is made of; the course's check names what a folder lacks (`npm run course`). */
const FILES = ["task.md", "starter.ts", "reference.ts", "checks.ts", "hints.md", "meta.json"];

/** Every complete lab of a course, in the order of its lessons. */
export function readLabs(course = COURSE): LabFolder[] {
  return folders(course)
    .flatMap(folders)
    .flatMap((lesson) => folders(join(lesson, "labs")))
    .filter((folder) => FILES.every((name) => existsSync(join(folder, name))))
    .map(readLab);
}

function readLab(folder: string): LabFolder {
  const text = (name: string): string => readFileSync(join(folder, name), "utf8");
  const texts = (name: string): [string, string][] => {
    const path = join(folder, name);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((file) => file.endsWith(".ts"))
      .sort()
      .map((file) => [file, text(join(name, file))]);
  };
  return {
    id: basename(folder),
    lesson: basename(resolve(folder, "../..")),
    folder,
    task: text("task.md"),
    starter: text("starter.ts"),
    reference: text("reference.ts"),
    checks: text("checks.ts"),
    hints: splitHints(text("hints.md")),
    meta: JSON.parse(text("meta.json")) as LabMeta,
    wrong: texts("wrong"),
    alt: texts("alt"),
  };
}
