/** The search: a line over the page, hits in three groups, arrow keys between them. */
import { readIndex, type Hit } from "./search-index.ts";

const GROUPS = [["text", "In the text"], ["term", "Terms"], ["symbol", "Symbols"]] as const;
const MOST = 6;

let dialog: HTMLDialogElement | undefined;

/** Opens the search; `home` is the way to the home page from here. */
export function openSearch(home: string): void {
  dialog ??= createSearch(home);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("input")?.select();
}

function createSearch(home: string): HTMLDialogElement {
  const made = document.createElement("dialog");
  made.className = "search";
  made.setAttribute("aria-label", "Search");
  made.innerHTML = `<form method="dialog" role="search"><input type="text" inputmode="search" ` +
    `name="words" autocomplete="off" ` +
    `spellcheck="false" aria-label="Search text, terms, symbols" placeholder="Search text, terms, symbols">` +
    `<button type="submit" class="quiet ui">Close <i class="key" aria-hidden="true">esc</i></button></form>` +
    `<p class="said ui" role="status"></p><div class="hits"></div>`;
  document.body.append(made);
  const input = made.querySelector("input")!, said = made.querySelector(".said")!, hits = made.querySelector(".hits")!;
  let find: ((words: string) => readonly Hit[]) | undefined;
  const show = (): void => {
    const words = input.value.trim();
    const found = words === "" ? [] : find?.(words) ?? [];
    const groups = GROUPS.map(([kind, name]) =>
      ({ name, list: found.filter((hit) => hit.kind === kind).slice(0, MOST) }));
    const shown = groups.reduce((sum, { list }) => sum + list.length, 0);
    said.textContent = find === undefined ? "Reading the index." : words === "" ? ""
      : shown === 0 ? `Nothing here is about “${words}”.` : `${found.length} found, ${shown} shown.`;
    hits.replaceChildren(...groups.filter(({ list }) => list.length > 0).map(({ name, list }) => group(name, list,
      home)));
  };
  input.addEventListener("input", show);
  made.addEventListener("keydown", (event) => moveBetween(event, made, input));
  made.addEventListener("click", (event) => {
    // A click beside the panel, or on a link that stays on this page.
    if (event.target === made || (event.target as Element).closest("a") !== null) made.close();
  });
  // Enter in the line goes to the first hit.
  made.querySelector("form")!.addEventListener("submit", (event) => {
    if (event.submitter === null || document.activeElement !== input) return;
    event.preventDefault();
    hits.querySelector("a")?.click();
  });
  fetch(`${home}course/search.json`).then(async (response) => {
    if (!response.ok) throw new Error(String(response.status));
    find = readIndex(await response.text());
    show();
  }).catch(() => { said.textContent = "The index could not be read; reload the page."; });
  show();
  return made;
}

function group(name: string, list: readonly Hit[], home: string): HTMLElement {
  const section = document.createElement("section"), heading = document.createElement("h2");
  heading.className = "ui";
  heading.textContent = name;
  const items = document.createElement("ul");
  for (const { title, place, address, excerpt } of list) {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `${home}course/${address}`;
    for (const [tag, text] of [["b", title], ["span", place], ["small", excerpt]] as const) {
      const part = document.createElement(tag);
      part.textContent = text;
      link.append(part, " ");
    }
    item.append(link);
    items.append(item);
  }
  section.append(heading, items);
  return section;
}

function moveBetween(event: KeyboardEvent, root: Element, input: HTMLInputElement): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops: HTMLElement[] = [input, ...root.querySelectorAll<HTMLElement>(".hits a")];
  const at = stops.indexOf(document.activeElement as HTMLElement);
  const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
