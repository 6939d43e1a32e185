/** The overview of paths, and one page for each: the same lessons, in four orders. */
import type { Course } from "@gradus/lessons/build";
import { hasPlacement } from "./placement.ts";
import { stairs } from "./stairs.ts";
import { conceptLink, count, duration, escape, json, pageHead } from "./text.ts";

type Path = Course["paths"][number];
type Stage = Path["stages"][number];

export function pathsPage(course: Course): string {
  const list = course.paths.map((path) =>
    `<li><a href="../path-${path.id}/"><b>${escape(path.title)}</b><em>${escape(path.question)}</em>` +
    `<span class="ui">${count(path.stages.length, path.unit.toLowerCase())}, ${duration(total(path))}</span>` +
    `</a></li>`).join("");
  return `<main class="page" ` +
    `id="main">${pageHead("The course", "Path", "Each part stands on the ones above it. Nothing is " +
    "locked; the stair shows what you would be standing on.")}<section class="wide">${stairs(course,
      "../")}</section>` +
    `<h2 id="four-ways">Four ways through</h2><p>The lessons are the same; the order, the pace and the stops ` +
    `differ.</p>` +
    `<ul class="ways">${list}</ul>` +
    (hasPlacement(course) ? `<p>Not new to it? <a href="../placement/">Find where to begin</a>.</p>` : "") + `</main>`;
}

const extent = (path: Path): string =>
  `${count(path.stages.length, path.unit.toLowerCase())}, ${duration(total(path))}`;
const total = ({ stages }: Path): number => stages.reduce((sum, { minutes }) => sum + minutes, 0);

export function pathPage(path: Path, course: Course): string {
  const stages = path.stages.map((stage) => stageSection(path, stage, course)).join("\n");
  const rail = path.stages.map(({ id, title }, i) =>
    `<li style="--i:${i}"><a href="#${id}"><span>${escape(title.split(":", 1)[0])}</span></a></li>`).join("");
  const fall = Math.min(9, 72 / Math.max(1, path.stages.length - 1)).toFixed(1);
  const plan = path.stages.map(({ id, minutes }) => ({ id, minutes }));
  return `<main class="page lesson" id="main" data-path="${path.id}">` +
    `<nav class="rail ui" aria-label="${escape(path.title)}"><ol style="--fall:${fall}px;--n:${path.stages.length}">` +
    `${rail}</ol></nav>` +
    pageHead(`<a href="../path/">Path</a>, ${extent(path)}`, path.title, escape(path.question)) +
    `<form class="plan ui" id="plan" hidden aria-label="Your plan">` +
    `<label>Begin on <input type="date" name="start"></label>` +
    `<label>Hours a week <input type="number" name="hours" min="1" max="40" step="1" value="4"></label>` +
    `<label>Depth <select name="depth"><option value="0.6">the idea</option>` +
    `<option value="1" selected>and the mathematics</option><option value="1.5">and all the code` +
    `</option>` +
    `</select></label><output name="end"></output></form>\n${stages}\n` +
    `</main>${json("plan-of-path", { id: path.id, plan })}`;
}

const list = (title: string, items: readonly string[], kind = ""): string => items.length === 0 ? "" :
  `<h3>${title}</h3><ul${kind}>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;

const taughtIn = (stages: readonly Stage[], course: Course): readonly string[] =>
  [...new Set(stages.flatMap(({ topics }) => topics.flatMap((topic) => course.taught.get(topic)?.id ?? [])))];

/** Everything missed from the first stage to this one, once more. */
function lookBack(path: Path, stage: Stage, course: Course): string {
  const lessons = taughtIn(path.stages.slice(0, path.stages.indexOf(stage) + 1), course);
  return lessons.length === 0 ? "" : `<h3>Review</h3><p><a href="../../cards/?review=${lessons.join(",")}">` +
    `What you missed so far</a>, from ${count(lessons.length, "lesson")}: the questions you got wrong at first, ` +
    `and the terms you kept.</p>`;
}

function stageSection(path: Path, stage: Stage, course: Course): string {
  const tick = (id: string, text: string): string =>
    `<label class="tick"><input type="checkbox" data-tick="${path.id}/${stage.id}/${id}"> <span>${text}</span></label>`;
  const resources = stage.resources.flatMap((id) => {
    const resource = course.resources.find((known) => known.id === id);
    return resource === undefined ? [] : [`<a href="../resources/#${id}">${escape(resource.title)}` +
      `</a>, ${escape(resource.by)}`];
  });
  const lessons = [...new Set(stage.topics.flatMap((topic) => course.taught.get(topic) ?? []))]
    .map((lesson) => `<a href="../${lesson.id}/">${lesson.number} ${escape(lesson.title)}` +
      `</a>, ${lesson.minutes} minutes`);
  return `<section class="stage" aria-labelledby="${stage.id}"><h2 id="${stage.id}">${escape(stage.title)}</h2>` +
    `<p class="about ui"><span>${duration(stage.minutes)}</span><span data-date="${stage.id}"></span></p>` +
    `<p>${escape(stage.goal)}</p>${list("Lessons", lessons)}` +
    `${list("Topics", stage.topics.map((topic) => conceptLink(topic, course)), ` class="topics"`)}` +
    `${list("Activities", stage.activities.map((text, i) => tick(String(i + 1), escape(text))), ` class="ticked"`)}` +
    `${stage.review ? lookBack(path, stage, course) : ""}` +
    `${list("Resources", resources)}<h3>Outcome</h3><p class="outcome">${tick("done", escape(stage.outcome))}` +
    `</p></section>`;
}
