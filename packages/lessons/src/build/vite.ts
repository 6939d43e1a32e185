/**
 * The course in the studio's build: a page per lesson and for what surrounds them, prerendered;
 * `virtual:course/figures` and `virtual:course/labs` for the scripts of the pages; the index of the search.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin, ViteDevServer } from "vite";
import { openCourse, type Course, type CourseBuild, type CourseLesson } from "./course.ts";
import type { SearchDocument } from "../manifest.ts";
import { manifestOf, searchDocuments } from "./manifest.ts";
import { CourseError, formatProblems } from "./problem.ts";

/** One page below `course/`. */
export interface CoursePage {
  /** Its folder: `backpropagation`. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly html: string;
}
export interface CoursePluginOptions {
  readonly repository: string;
  /** The folder of the lessons. */
  readonly course: string;
  /** The studio's folder; `course/index.html` in it is the frame of every page. */
  readonly studio: string;
  readonly pages: (course: Course) => readonly CoursePage[];
  /** What stands on the home page, where its frame says `<!--course-->`. */
  readonly home: (course: Course) => string;
  /** The search's index, as text. */
  readonly index: (documents: readonly SearchDocument[]) => string;
  /** Whether a problem ends the build; otherwise it is told, and the page is built without what is wrong. */
  readonly strict: boolean;
  /** Hands out the studio before its lessons have run; their pages are written one by one after that. */
  readonly early?: EarlyOpening;
}
/** Who waits for pages while they are made. */
export interface EarlyOpening {
  /** Everything stands but the pages of these lessons. `prefer` asks for one of them before the others. */
  opened(waiting: ReadonlySet<string>, prefer: (id: string) => void): void;
  /** The page of a lesson stands. */
  made(id: string): void;
}

const FRAME = "course/index.html", INDEX = "course/search.json", MANIFEST = "course/course.json";
const PREFIX = "virtual:course/";

/** The plugins of pages, and those of workers, which may import the modules of the course too. */
export function coursePlugins(
  options: CoursePluginOptions,
): { readonly pages: readonly Plugin[]; readonly workers: () => Plugin[] } {
  const { repository, course: root, strict, early } = options;
  let opened: Promise<CourseBuild> | undefined, built: Promise<Course> | undefined;
  const told = (made: Course): Course => {
    if (made.problems.length > 0 && strict) throw new CourseError(made.problems);
    if (made.problems.length > 0) console.warn(`The course has problems:\n${formatProblems(made.problems)}`);
    return made;
  };
  const open = (): Promise<CourseBuild> => opened ??= openCourse({ root, repository, thorough: strict });
  const store: Store = {
    get: () => built ??= open().then(async (build) => early === undefined ? told(await build.finish()) : build.draft()),
    finish: async (whole) => told(await (await open()).finish(whole)),
    open,
    forget: () => { opened = built = undefined; },
  };
  return {
    pages: [modulesPlugin(root, store), pagesPlugin(options, store), fontsPlugin()],
    workers: () => [modulesPlugin(root, store)],
  };
}

/** The course, built when it is first asked for, and again when it has changed. */
interface Store {
  /** The course; where the studio opens early, with nothing run. */
  get(): Promise<Course>;
  open(): Promise<CourseBuild>;
  /** The course with everything run. */
  finish: CourseBuild["finish"];
  forget(): void;
}

function modulesPlugin(root: string, store: Store): Plugin {
  return {
    name: "gradus-course-modules",
    resolveId: (id) => id.startsWith(PREFIX) ? `\0${id}` : undefined,
    async load(id) {
      return id.startsWith(`\0${PREFIX}`) ? moduleOf(id.slice(PREFIX.length + 1), await store.get(), root) : undefined;
    },
  };
}

/** Every browser that runs the studio reads woff2; the other kinds of KaTeX's fonts would triple its folder. */
function fontsPlugin(): Plugin {
  return {
    name: "gradus-formula-fonts",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("katex") || !id.split("?", 1)[0].endsWith(".css")) return undefined;
      return { code: code.replace(/,\s*url\([^)]+\.(woff|ttf)\)\s*format\("?(woff|truetype)"?\)/g, ""), map: null };
    },
  };
}

function pagesPlugin(options: CoursePluginOptions, store: Store): Plugin {
  const { course: root, studio, pages, home, index, early } = options;
  const course = (): Promise<Course> => store.get();
  let folder = "", frame: string | undefined;
  const filesOf = (made: Course, isWanted: (page: CoursePage) => boolean): [name: string, text: string][] =>
    pages(made).filter(isWanted).map((page) => [`course/${page.path}/index.html`, fill(frame ?? "", page)]);
  const listsOf = (made: Course): [name: string, text: string][] =>
    [[INDEX, index(searchDocuments(made))], [MANIFEST, JSON.stringify(manifestOf(made))]];

  return {
    name: "gradus-course-pages",
    enforce: "post",
    transformIndexHtml: {
      order: "pre",
      async handler(html) {
        return html.includes("<!--course-->") ? html.replace("<!--course-->", home(await course())) : html;
      },
    },
    async generateBundle(_options, bundle) {
      const asset = bundle[FRAME];
      if (asset?.type !== "asset") throw new Error(`the build has no ${FRAME}`);
      // One folder deeper than the frame.
      frame = String(asset.source).replace(/\b(href|src)="\.\.\//g, '$1="../../');
      asset.source = REDIRECT;
      const { root: from, build } = this.environment.config;
      folder = resolve(from, build.outDir);
      const made = await course(), waiting = early === undefined ? new Set() : (await store.open()).waiting;
      for (const [fileName, source] of [...filesOf(made, ({ path }) => !waiting.has(path)), ...listsOf(made)]) {
        this.emitFile({ type: "asset", fileName, source });
      }
    },
    closeBundle: {
      order: "pre",
      sequential: true,
      async handler() {
        // Without a frame the build has failed.
        if (early !== undefined && frame !== undefined) await writeLessons(early);
      },
    },
    configureServer(server) {
      const changed = (file: string): void => {
        if (!file.startsWith(root)) return;
        store.forget();
        for (const module of server.moduleGraph.idToModuleMap.values()) {
          if (module.id?.startsWith(`\0${PREFIX}`)) server.moduleGraph.invalidateModule(module);
        }
        server.ws.send({ type: "full-reload" });
      };
      server.watcher.add(root);
      for (const event of ["add", "change", "unlink"] as const) server.watcher.on(event, changed);
      serve(server);
    },
  };

  async function writeLessons(waiter: EarlyOpening): Promise<void> {
    const { waiting, prefer } = await store.open(), draft = await course();
    const lessons = new Map(draft.lessons.map((lesson) => [lesson.id, lesson]));
    const write = (files: readonly (readonly [name: string, text: string])[]): void => {
      for (const [name, text] of files) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), text);
      }
    };
    waiter.opened(waiting, prefer);
    const whole = await store.finish((lesson) => {
      if (!waiting.has(lesson.id)) return;
      lessons.set(lesson.id, lesson);
      write(filesOf({ ...draft, lessons: [...lessons.values()] }, ({ path }) => path === lesson.id));
      waiter.made(lesson.id);
    });
    write([...filesOf(whole, () => true), ...listsOf(whole)]);
  }

  function serve(server: ViteDevServer): void {
    server.middlewares.use((request, response, next) => {
      const path = (request.url ?? "").split(/[?#]/, 1)[0];
      const answer = async (): Promise<void> => {
        if (path === `/${INDEX}` || path === `/${MANIFEST}`) {
          const made = await course();
          response.setHeader("Content-Type", "application/json; charset=utf-8");
          response.end(path === `/${INDEX}` ? index(searchDocuments(made)) : JSON.stringify(manifestOf(made)));
          return;
        }
        const match = /^\/course\/([a-z0-9-]+)(\/?)(?:index\.html)?$/.exec(path);
        const page = match === null ? undefined : pages(await course()).find((known) => known.path === match[1]);
        if (page === undefined) return next();
        if (match?.[2] === "") {
          response.writeHead(301, { Location: `${path}/` }).end();
          return;
        }
        const frame = readFileSync(join(studio, FRAME), "utf8").replace(/<link rel="preload"[^>]*>\n?/g, "");
        response.setHeader("Content-Type", "text/html; charset=utf-8");
        response.end(await server.transformIndexHtml(path, fill(frame, page)));
      };
      answer().catch(next);
    });
  }
}

const REDIRECT = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The course: Gradus</title>` +
  `<meta http-equiv="refresh" content="0; url=./path/"></head><body><a href="./path/">The course</a></body></html>\n`;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** The frame with a page in it. */
function fill(frame: string, { title, description, html }: CoursePage): string {
  return frame
    .replace(/<title>[^<]*<\/title>/, () => `<title>${escape(title)}</title>`)
    .replace(/(<meta name="description" content=")[^"]*/, (_, start: string) => start + escape(description))
    .replace("<!--page-->", () => html);
}

function moduleOf(name: string, course: Course, root: string): string {
  if (name === "figures") {
    return record(course.lessons.flatMap((lesson) =>
      lesson.source.figures.map(({ id, file }) => [`${lesson.id}/${id}`, resolve(root, file)] as const)));
  }
  if (name === "labs") {
    return record(course.lessons.flatMap((lesson) =>
      lesson.labs.map(({ id }) => [`${lesson.id}/${id}`, `${PREFIX}lab/${lesson.id}/${id}`] as const)));
  }
  const match = /^lab\/([^/]+)\/([^/]+)$/.exec(name);
  const lesson = course.lessons.find(({ id }) => id === match?.[1]);
  if (match === null || lesson === undefined) throw new Error(`there is no module ${PREFIX}${name}`);
  return labModule(lesson, match[2], root);
}

const record = (entries: readonly (readonly [id: string, module: string])[]): string =>
  `export default {\n${entries.map(([id, module]) =>
    `  ${JSON.stringify(id)}: () => import(${JSON.stringify(module)}),`).join("\n")}\n};`;

/** Everything about a lab: texts as HTML, sources as they are written, its checks as a module too. */
function labModule(lesson: CourseLesson, id: string, root: string): string {
  const source = lesson.source.labs.find((lab) => lab.id === id), rendered = lesson.labs.find((lab) => lab.id === id);
  if (source === undefined || rendered === undefined) throw new Error(`the lesson ${lesson.id} has no lab ${id}`);
  const { meta, starter, reference, checks, alt, wrong, folder } = source;
  const lab = {
    id, lesson: lesson.id, number: rendered.number, meta, task: rendered.task, hints: rendered.hints,
    starter, reference, checks, alt, wrong,
  };
  return `export default {\n  ...${JSON.stringify(lab)},\n` +
    `  loadChecks: () => import(${JSON.stringify(resolve(root, folder, "checks.ts"))}),\n};`;
}
