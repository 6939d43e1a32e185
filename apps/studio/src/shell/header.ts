/** The head of every page, as HTML: static pages print it at build, rooms that are drawn by scripts put it in. */

export interface HeaderOptions {
  /** The way to the home page, relative to this one. */
  readonly home: string;
  /** The entry that this page belongs to. */
  readonly current?: string;
  /** The rooms that the studio has, by folder. */
  readonly rooms: readonly string[];
}
/** Entries in their order: name, folder, and whether the course makes it. */
const ENTRIES: readonly (readonly [id: string, name: string, folder: string])[] = [
  ["path", "Path", "course/path"], ["map", "Map", "course/map"], ["models", "Models", "models"],
  ["microscope", "Microscope", "microscope"], ["write", "Write", "write"],
  ["progress", "Progress", "progress"],
];
const LETTERING = [..."gradus"].map((letter, i) => `<span style="--i:${i}">${letter}</span>`).join("");

export function header({ home, current, rooms }: HeaderOptions): string {
  const links = ENTRIES.filter(([, , folder]) => folder.startsWith("course/") || rooms.includes(folder))
    .map(([id, name, folder]) =>
      `<a href="${home}${folder}/"${id === current ? ` aria-current="page"` : ""}>${name}</a>`).join("");
  return `<a class="skip" href="#main">Skip to the content</a>` +
    `<nav class="top ui" aria-label="Gradus" data-home="${home}">` +
    `<a class="lettering" href="${home}" aria-label="Gradus, home">${LETTERING}</a>` +
    `<div class="rooms">${links}</div>` +
    `<button class="find" type="button" data-search><span>Search text, terms, symbols</span>` +
    `<i class="key" aria-hidden="true">/</i></button>` +
    `<details class="menu"><summary>Menu</summary><div>${links}</div></details>` +
    `<button class="theme" type="button" aria-label="Switch between light and dark"><i></i></button></nav>`;
}
