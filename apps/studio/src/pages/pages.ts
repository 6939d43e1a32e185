/** All static pages of the course. */
import type { Course } from "@gradus/lessons/build";
import { footer } from "../shell/footer.ts";
import { header } from "../shell/header.ts";
import { lessonPage, neighbours } from "./lesson.ts";
import { partPage } from "./part.ts";
import { pathPage, pathsPage } from "./path.ts";
import { hasPlacement, placementPage } from "./placement.ts";
import { errataPage, glossaryPage, mapPage, notationPage, resourcesPage } from "./reference.ts";
import { stairs } from "./stairs.ts";
import { escape } from "./text.ts";

const HOME = "../../";

export interface Page {
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly html: string;
}

/** `rooms`: the folders of the studio that hold a page. */
export function coursePages(course: Course, rooms: readonly string[]): readonly Page[] {
  const page = (path: string, title: string, description: string, main: string, current = "path", before = ""): Page =>
    ({
    path, title: `${title}: Gradus`, description,
    html: header({ home: HOME, current, rooms }) + main + footer({ home: HOME, rooms, before }),
  });
  const placement = placementPage(course);
  return [
    ...course.lessons.map((lesson) => page(lesson.id, lesson.title, lesson.question, lessonPage(lesson, course), "path",
      neighbours(lesson, course))),
    ...course.parts.map((part) => page(`part-${part.number}`, part.title, part.question, partPage(part, course))),
    ...course.paths.map((path) => page(`path-${path.id}`, path.title, path.question, pathPage(path, course))),
    page("path", "Path", "The parts of the course and four ways through them.", pathsPage(course)),
    ...placement === null ? [] :
      [page("placement", "Where to begin", "Questions that find your place in the course.", placement)],
    page("map", "Map", "The concepts of the course and what each stands on.", mapPage(course), "map"),
    page("glossary", "Glossary", "Every term of the course.", glossaryPage(course), ""),
    page("notation", "Notation", "Every sign of the course.", notationPage(course), ""),
    page("errata", "Common errors", "What is often said wrong, and how to report a doubt.", errataPage(course), ""),
    page("resources", "Books and papers", "Where to read on.", resourcesPage(course), ""),
  ];
}

/** The course on the home page: where to begin, and the staircase. */
export function homeSection(course: Course): string {
  const [first] = course.lessons;
  if (first === undefined) return "";
  return `<section class="flights" id="course" aria-labelledby="flights"><h2 id="flights">The course</h2>` +
    `<p class="sub">Each flight stands on the ones above it. Nothing is locked; the stair shows what you would ` +
    `be standing on.` +
    ` It begins with <a href="./course/${first.id}/">${first.number} ${escape(first.title)}</a>` +
    (hasPlacement(course) ? `; if you are not new to it, <a href="./course/placement/">find your place</a>` : "") +
    `.</p>` +
    `${stairs(course, "./course/")}</section>`;
}
