/** Glossary, notation, common errors, books and papers, and the map. */
import type { Course } from "@gradus/lessons/build";
import { conceptLink, escape, json, pageHead } from "./text.ts";

export function glossaryPage(course: Course): string {
  const byId = new Map(course.lessons.map((lesson) => [lesson.id, lesson]));
  const names = new Map(course.terms.map(({ id, term }) => [id, term]));
  const entries = course.terms.map(({ id, term, html, lesson, see = [] }) => {
    const teacher = byId.get(lesson);
    const others = see.map((other) => `<a href="#${other}">${escape(names.get(other) ?? other)}</a>`);
    return `<div class="entry" id="${id}"><dt>${escape(term)}</dt><dd>${html}<p class="ui">` +
      `${teacher === undefined ? "" : `<a href="../${lesson}/">${teacher.number} ${escape(teacher.title)}</a>`}` +
      `${others.length === 0 ? "" : `<span>see ${others.join(", ")}</span>`}</p></dd></div>`;
  }).join("");
  return `<main class="page" ` +
    `id="main">${pageHead("Words", "Glossary", `${course.terms.length} terms, each explained in two ` +
    `sentences where a lesson needs it first.`)}<dl class="entries">${entries}</dl></main>`;
}

export function notationPage(course: Course): string {
  const groups = [...new Set(course.notation.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const rows = course.notation.filter((sign) => sign.group === group).map(({ id, html, spoken, text }) =>
      `<tr id="${id}"><td>${html}</td><th scope="row">${escape(spoken)}</th><td>${escape(text)}</td></tr>`).join("");
    return `<h2>${escape(group)}</h2><div class="table"><table><thead><tr><th scope="col">Sign</th><th ` +
      `scope="col">Said</th>` +
      `<th scope="col">Meaning</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  }).join("");
  return `<main class="page notation" ` +
    `id="main">${pageHead("Words", "Notation", "One sign, one meaning, in the whole course.")}` +
    `${sections}</main>`;
}

export function errataPage(course: Course): string {
  const entries = course.errata.map(({ id, title, wrong, right, why, concept }) =>
    `<section id="${id}"><h2>${escape(title)}</h2><p class="wrong"><b class="ui">One reads</b> ${escape(wrong)}</p>` +
    `<p class="right"><b class="ui">In fact</b> ${escape(right)}</p><p>${escape(why)}${concept === undefined ? ""
      : ` See ${conceptLink(concept, course)}.`}</p></section>`).join("");
  return `<main class="page errata" ` +
    `id="main">${pageHead("Words", "Common errors", "What other texts often get wrong, and " +
    "how to tell us where we do.")}${entries}<h2 id="doubt">Report a doubt</h2><p>` +
    `Something looks wrong? Write down what you ` +
    `see and what you expected. The text below names the place; copy it to whoever gave you this course. ` +
    `Nothing is sent ` +
    `from here.</p><form class="doubt-form" id="doubt-form" hidden><label class="ui" for="doubt-text">Your ` +
    `doubt</label>` +
    `<textarea id="doubt-text" rows="8"></textarea><div class="ui"><button type="button" class="button">Copy` +
    `</button> ` +
    `<span role="status"></span></div></form></main>`;
}

const KINDS: Readonly<Record<string, string>> = {
  book: "Books", course: "Courses", video: "Lectures and films", article: "Articles", paper: "Papers",
    tool: "Tools to play with",
  data: "Data", software: "Software",
};
export function resourcesPage(course: Course): string {
  const sections = Object.entries(KINDS).flatMap(([kind, name]) => {
    const entries = course.resources.filter((resource) => resource.kind === kind)
      .map(({ id, title, by, year, url, text }) =>
      `<li id="${id}">${url === undefined ? `<b>${escape(title)}</b>`
        : `<a href="${escape(url)}" rel="noreferrer">${escape(title)}</a>`}, ` +
      `${escape(by)}${year === undefined ? "" : `, ${year}`}. ${escape(text)}</li>`);
    return entries.length === 0 ? [] : [`<h2>${name}</h2><ul class="resources">${entries.join("")}</ul>`];
  }).join("");
  return `<main class="page" ` +
    `id="main">${pageHead("Elsewhere", "Books and papers", "Nothing here is needed: the course stands " +
    "on its own. All of it is worth your time.")}${sections}</main>`;
}

/** The map: the concepts as a tree for the eye, and as a list for everybody. */
export function mapPage(course: Course): string {
  const known = new Set(course.concepts.map(({ id }) => id));
  const nodes = course.concepts.map(({ id, title, part, requires }) =>
    ({ id, title, part, requires: requires.filter((name) => known.has(name)), lesson: course.taught.get(id)?.id }));
  const parts = course.parts.map(({ number, title }) => ({ number, title }));
  const list = course.parts.map(({ number, title }) => {
    const items = course.concepts.filter((concept) => concept.part === number).map(({ id, requires }) => {
      const stands = requires.length === 0 ? "" : `<small> stands on ${requires.map((name) =>
        escape(course.concepts.find((concept) => concept.id === name)?.title ?? name)).join("; ")}</small>`;
      return `<li id="${id}">${conceptLink(id, course)}${stands}</li>`;
    }).join("");
    return `<h3><a href="../part-${number}/">${number} ${escape(title)}</a></h3><ul>${items}</ul>`;
  }).join("");
  return `<main class="page map-page" ` +
    `id="main">${pageHead("The course", "Map", `${course.concepts.length} concepts and what ` +
    `each stands on. Ink you have read, the marked ones come next, grey ones wait.`)}` +
    `<div class="wide" id="mind-map" hidden></div><section class="wide twin-list" aria-labelledby="list"><h2 ` +
    `id="list">The map ` +
    `as a list</h2><div class="columns">${list}</div></section></main>${json("concepts-of-map", { nodes, parts })}`;
}
