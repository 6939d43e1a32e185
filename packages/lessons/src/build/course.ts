/** The whole course: reads it, checks it, runs what has to be run, and hands out what pages are made of. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { CONCEPTS, checkConcepts } from "./concepts.ts";
import { startComputer, type Computer } from "./computer.ts";
import { readData } from "./data.ts";
import type { KnownTerm } from "./glossary.ts";
import { createHighlighter } from "./highlight.ts";
import { createStore, NOTHING, sourcesBelow, type Computed } from "./kept.ts";
import { renderLesson, type LessonPage } from "./lesson.ts";
import { definitionsOf, parseMarkdown, renderBlocks } from "./markdown.ts";
import { renderMath } from "./math.ts";
import { Problems, type Problem } from "./problem.ts";
import {
  concepts as conceptsSchema, errata as errataSchema, notation as notationSchema, part as partSchema,
  paths as pathsSchema, resources as resourcesSchema, type Concept, type Erratum, type Path, type Resource, type Sign,
} from "./schemas.ts";
import { foldersIn, readLesson, type LessonSource } from "./sources.ts";

export interface CourseLesson extends LessonPage {
  readonly source: LessonSource;
  readonly computed: Computed;
  readonly id: string;
  /** "1.4": part and place in it. */
  readonly number: string;
  readonly part: number;
  readonly title: string;
  readonly minutes: number;
}
export interface CoursePart {
  readonly number: number;
  readonly title: string;
  readonly question: string;
  readonly lessons: readonly CourseLesson[];
}
export interface CourseTerm extends KnownTerm { readonly html: string }
export interface Course {
  readonly parts: readonly CoursePart[];
  readonly lessons: readonly CourseLesson[];
  readonly concepts: readonly Concept[];
  /** The lesson that teaches a concept. */
  readonly taught: ReadonlyMap<string, CourseLesson>;
  readonly terms: readonly CourseTerm[];
  readonly paths: readonly Path[];
  readonly resources: readonly Resource[];
  readonly notation: readonly (Sign & { readonly html: string })[];
  readonly errata: readonly Erratum[];
  readonly problems: readonly Problem[];
  /** Concepts that a lesson stands on and no lesson teaches yet. */
  readonly awaited: readonly string[];
}

export interface CourseOptions {
  /** The folder of the course. */
  readonly root: string;
  /** The folder from which code in fences is taken and `gradus` is found. */
  readonly repository: string;
  /** Whether results of runs are kept; default true. */
  readonly cache?: boolean;
  /** Whether figures are tried out for some steps; default true. A build needs their first frames only. */
  readonly thorough?: boolean;
}

/** Pages beside the lessons: no lesson may have their names. */
export const PAGES = ["path", "map", "glossary", "notation", "errata", "resources"] as const;
const PART_FOLDER = /^(\d+)-[a-z0-9-]+$/, LESSON_FOLDER = /^(\d\d)-[a-z0-9-]+$/;

/** A course on its way: what it says is there at once, what its code gives comes lesson by lesson. */
export interface CourseBuild {
  /** Lessons whose results are not kept: they have to be run before their pages are whole. */
  readonly waiting: ReadonlySet<string>;
  /** The course with nothing run: pages of lessons that wait have gaps where figures and outputs will stand. */
  draft(): Promise<Course>;
  /** Runs what waits, and hands out each lesson as soon as it is whole. */
  finish(whole?: (lesson: CourseLesson) => void): Promise<Course>;
  /** Runs the lesson of this id before the others, while the course is being finished. */
  prefer(id: string): void;
}

export const buildCourse = async (options: CourseOptions): Promise<Course> => (await openCourse(options)).finish();

export async function openCourse(options: CourseOptions): Promise<CourseBuild> {
  const { root, repository, cache = true, thorough = true } = options;
  const problems = new Problems();
  const read = readData(conceptsSchema, root, CONCEPTS, problems);
  const concepts = read === undefined ? new Map<string, Concept>() : checkConcepts(read, problems);
  const parts = readParts(root, problems);
  const sources = parts.flatMap((part) => part.lessons);
  const awaited = checkLessons(sources, concepts, problems);
  const terms = collectTerms(sources, problems);
  const highlight = await createHighlighter();
  const data = readShared(root, concepts, problems);
  const explained = renderTerms(terms, problems);

  const store = createStore({
    root, thorough, stamp: stampOf(root, repository, sources),
    ...(cache ? { cache: join(repository, "node_modules/.cache/gradus-course") } : {}),
  });
  const kept = new Map(sources.map((source) => [source, store.read(source)]));
  const missing = sources.filter((source) => kept.get(source) === undefined);
  const folders = new Map(sources.map(({ folder, id }) => [folder, id]));
  let computer: Computer | undefined;

  const render = async (source: LessonSource, computed: Computed): Promise<CourseLesson> => {
    for (const { file, line, message } of computed.problems) problems.add(file, line, message);
    const page = await renderLesson(source, computed, {
      repository, highlight, terms, lessonIn: (folder) => folders.get(folder),
    });
    const { id, title, minutes, part } = source;
    const place = sources.filter((other) => other.part === part).indexOf(source) + 1;
    return { ...page, source, computed, id, title, minutes, part, number: `${part}.${place}` };
  };
  const assemble = (lessons: readonly CourseLesson[]): Course => ({
    parts: parts.map((part) => ({ ...part, lessons: lessons.filter((lesson) => lesson.part === part.number) })),
    lessons, concepts: [...concepts.values()], ...data, awaited, problems: problems.list,
    taught: new Map(lessons.flatMap((lesson) => lesson.source.concepts.map((concept) => [concept, lesson] as const))),
    terms: explained,
  });
  return {
    waiting: new Set(missing.map(({ id }) => id)),
    draft: async () =>
      assemble(await Promise.all(sources.map((source) => render(source, kept.get(source) ?? NOTHING)))),
    prefer: (id) => computer?.prefer(({ id: own }) => own === id),
    async finish(whole) {
      computer = startComputer(missing, { root, repository, thorough });
      const finished = async (source: LessonSource): Promise<CourseLesson> => {
        const known = kept.get(source), computed = known ?? await computer!.of(source);
        if (known === undefined) store.write(source, computed);
        const lesson = await render(source, computed);
        whole?.(lesson);
        return lesson;
      };
      try {
        return assemble(await Promise.all(sources.map(finished)));
      } finally {
        await computer.close();
      }
    },
  };
}

interface PartSource {
  readonly number: number;
  readonly title: string;
  readonly question: string;
  readonly lessons: readonly LessonSource[];
}
function readParts(root: string, problems: Problems): readonly PartSource[] {
  return foldersIn(root).flatMap((folder): PartSource[] => {
    const match = PART_FOLDER.exec(folder);
    if (match === null) return [];
    const number = Number(match[1]);
    const read = readData(partSchema, root, `${folder}/part.yaml`, problems);
    const lessons = foldersIn(join(root, folder)).flatMap((name) => {
      if (!LESSON_FOLDER.test(name)) {
        problems.add(`${folder}/${name}`, 1, "a lesson's folder is two digits, a hyphen and its name: 02-probability");
        return [];
      }
      if (!existsSync(join(root, folder, name, "lesson.md"))) {
        problems.add(`${folder}/${name}/lesson.md`, 1, "this file is missing");
        return [];
      }
      return readLesson(root, `${folder}/${name}`, number, problems) ?? [];
    });
    return [{ number, title: read?.value.title ?? folder, question: read?.value.question ?? "", lessons }];
  }).sort((a, b) => a.number - b.number);
}

/** Ids, concepts and the order of lessons. Returns what is stood on and not taught yet. */
function checkLessons(
  lessons: readonly LessonSource[], concepts: ReadonlyMap<string, Concept>, problems: Problems,
): readonly string[] {
  const ids = new Map<string, LessonSource>(), figures = new Map<string, string>();
  const taught = new Map<string, LessonSource>();
  const awaited = new Set<string>();
  for (const lesson of lessons) {
    const { id, front, origin: { file } } = lesson;
    if ((PAGES as readonly string[]).includes(id) || /^(part|path)-/.test(id)) {
      problems.add(file, front.line("id"), `${id} is the name of another page`);
    }
    const other = ids.get(id);
    if (other !== undefined) problems.add(file, front.line("id"), `${other.folder} has the id ${id} too`);
    ids.set(id, lesson);
    for (const figure of lesson.figures) {
      const first = figures.get(figure.id);
      if (first !== undefined) problems.add(figure.file, 1, `the figure ${figure.id} of ${first} has the same id`);
      figures.set(figure.id, lesson.folder);
    }
    lesson.concepts.forEach((name, i) => {
      const line = front.line("concepts", i), concept = concepts.get(name), before = taught.get(name);
      if (concept === undefined) problems.add(file, line, `${name} is no concept of ${CONCEPTS}`);
      else if (concept.part !== lesson.part) {
        problems.add(file, line, `${name} belongs to part ${concept.part}, this lesson to part ${lesson.part}`);
      } else if (concept.lesson !== undefined && concept.lesson !== id) {
        problems.add(file, line, `${CONCEPTS} says that ${concept.lesson} teaches ${name}`);
      }
      if (before !== undefined) problems.add(file, line, `${before.folder} teaches ${name} already`);
      else taught.set(name, lesson);
    });
    for (const lab of lesson.labs) {
      for (const name of lab.meta.concepts) {
        if (!concepts.has(name)) problems.add(`${lab.folder}/meta.json`, 1, `${name} is no concept of ${CONCEPTS}`);
      }
    }
  }
  const place = new Map(lessons.map((lesson, i) => [lesson, i]));
  for (const lesson of lessons) {
    const needed = new Set([...lesson.requires, ...lesson.concepts.flatMap((name) =>
      concepts.get(name)?.requires ?? [])]);
    for (const name of needed) {
      const at = lesson.requires.indexOf(name);
      const line = at >= 0 ? lesson.front.line("requires", at) : lesson.front.line("concepts");
      const teacher = taught.get(name);
      if (!concepts.has(name)) problems.add(lesson.origin.file, line, `${name} is no concept of ${CONCEPTS}`);
      else if (teacher === undefined) awaited.add(name);
      else if ((place.get(teacher) ?? 0) > (place.get(lesson) ?? 0)) {
        problems.add(lesson.origin.file, line, `it stands on ${name}, which comes later, in ${teacher.folder}`);
      }
    }
  }
  return [...awaited];
}

function collectTerms(lessons: readonly LessonSource[], problems: Problems): readonly KnownTerm[] {
  const byId = new Map<string, KnownTerm>();
  for (const lesson of lessons) {
    for (const term of lesson.terms) {
      const other = byId.get(term.id);
      if (other === undefined) byId.set(term.id, { ...term, lesson: lesson.id });
      else problems.add(`${lesson.folder}/glossary.yaml`, 1, `the lesson ${other.lesson} explains ${term.id} already`);
    }
  }
  for (const lesson of lessons) {
    for (const { id, see = [] } of lesson.terms) {
      for (const name of see) {
        if (!byId.has(name)) problems.add(`${lesson.folder}/glossary.yaml`, 1, `${id} points to ${name}, which ` +
          `is no term`);
      }
    }
  }
  return [...byId.values()];
}

function renderTerms(terms: readonly KnownTerm[], problems: Problems): readonly CourseTerm[] {
  const rendered = terms.map((term) => {
    const root = parseMarkdown(term.text);
    return { ...term, html: renderBlocks(root.children, definitionsOf(root),
      { file: "glossary", above: 0, problems }) };
  });
  return rendered.sort((a, b) => a.term.localeCompare(b.term, "en"));
}

type Shared = Pick<Course, "paths" | "resources" | "notation" | "errata">;
function readShared(root: string, concepts: ReadonlyMap<string, Concept>, problems: Problems): Shared {
  const paths = readData(pathsSchema, root, "paths.yaml", problems, true);
  const resources = readData(resourcesSchema, root, "resources.yaml", problems, true);
  const notation = readData(notationSchema, root, "notation.yaml", problems, true);
  const errata = readData(errataSchema, root, "errata.yaml", problems, true);
  const known = new Set(resources?.value.map(({ id }) => id));
  const seen = new Set<string>();
  paths?.value.forEach((path, p) => path.stages.forEach((stage, s) => {
    const place = (key: string, i: number): number => paths.line(p, "stages", s, key, i);
    const name = `${path.id}/${stage.id}`;
    if (seen.has(name)) problems.add("paths.yaml", paths.line(p, "stages", s), `there are two stages ${name}`);
    seen.add(name);
    stage.topics.forEach((topic, i) => {
      if (!concepts.has(topic)) problems.add("paths.yaml", place("topics", i), `${topic} is no concept of ${CONCEPTS}`);
    });
    stage.resources.forEach((resource, i) => {
      if (!known.has(resource)) problems.add("paths.yaml", place("resources", i), `${resource} is not in ` +
        `resources.yaml`);
    });
  }));
  errata?.value.forEach(({ concept }, i) => {
    if (concept !== undefined && !concepts.has(concept)) {
      problems.add("errata.yaml", errata.line(i, "concept"), `${concept} is no concept of ${CONCEPTS}`);
    }
  });
  const signs = (notation?.value ?? []).map((sign, i) => {
    try {
      return { ...sign, html: renderMath(sign.tex, false) };
    } catch (error) {
      problems.add("notation.yaml", notation?.line(i, "tex") ?? 1,
        error instanceof Error ? error.message : String(error));
      return { ...sign, html: "" };
    }
  });
  return { paths: paths?.value ?? [], resources: resources?.value ?? [], notation: signs, errata: errata?.value ?? [] };
}

/**
 * A hash of what every result depends on: the library, the lesson system, and sources of the course outside lessons.
 */
function stampOf(root: string, repository: string, lessons: readonly LessonSource[]): string {
  const library = join(repository, "packages/gradus/dist/index.js");
  const hash = createHash("sha256").update(existsSync(library) ? String(statSync(library).mtimeMs) : "");
  const own = lessons.map(({ folder }) => resolve(root, folder));
  for (const file of [join(repository, "packages/lessons/src"), root].flatMap(sourcesBelow)) {
    if (own.some((folder) => resolve(file).startsWith(`${folder}/`))) continue;
    hash.update(file).update(readFileSync(file));
  }
  return hash.digest("hex");
}
