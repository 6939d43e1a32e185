import { effect } from "@preact/signals";
import { h, render } from "preact";
import { joinFigures } from "./client.ts";
import "./figure.css";
import { showNumbers } from "./live.ts";
import { Player } from "./player.tsx";
import { placeOf, tell } from "../progress/tell.ts";
import { createStore } from "./store.ts";

const NARROW = 520;
const names = new Set<string>();
/** A figure's part of the address: the end of its id, unless another figure of the page has that. */
function nameOf(id: string): string {
  const short = id.slice(id.lastIndexOf("/") + 1);
  const name = names.has(short) ? id.replaceAll("/", "-") : short;
  names.add(name);
  return name;
}

/** Makes the block of a figure live: `data-figure="lesson/figure"`, its first frame and sentence inside. */
export function mount(element: HTMLElement): void {
  const id = element.dataset.figure ?? element.id,
    name = nameOf(id);
  const width = element.clientWidth || NARROW;
  const store = createStore(id, name, width, {
    join: (listener) => joinFigures(name, listener),
    query: () => location.search,
    replace(query) {
      history.replaceState(history.state, "", `${location.pathname}${query}${location.hash}`);
    },
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  const frames = element.querySelectorAll(".first");
  const first =
    frames.length > 0
      ? [...frames].map((frame) => frame.outerHTML).join("")
      : (element.querySelector("svg")?.outerHTML ?? "");
  const number = Number(element.dataset.number ?? 1);
  const text = (selector: string): string => element.querySelector(selector)?.textContent ?? "";
  const place = document.createElement("div");
  render(
    h(Player, {
      store,
      number,
      first,
      width,
      title: text("header h2, header h3"),
      question: text("header p"),
      sentence: text(".say"),
      openCell: (code) => void openCell(element, id, number, code),
    }),
    place,
  );
  element.replaceChildren(place);
  store.open();
  effect(() => {
    showNumbers(id.slice(id.lastIndexOf("/") + 1), store.shown.value?.numbers ?? {});
  });
  tellOnce(element, id);
}

/** Says that a figure was moved, the first time that somebody does. */
function tellOnce(element: HTMLElement, id: string): void {
  const [lesson, figure] = placeOf(id);
  const touched = (event: Event): void => {
    if (!(event.target instanceof Element) || event.target.closest(".canvas, .strip, .parameters") === null) return;
    if (event instanceof KeyboardEvent && event.key === "Tab") return;
    for (const kind of KINDS) element.removeEventListener(kind, touched);
    tell(element, { kind: "figure-touched", lesson, figure });
  };
  for (const kind of KINDS) element.addEventListener(kind, touched);
}
const KINDS = ["pointerdown", "keydown"] as const;

/** A cell under the figure with what it computes; a second press takes the present numbers. */
async function openCell(element: HTMLElement, id: string, number: number, code: string): Promise<void> {
  const { mount: mountCell } = await import("../cell/mount.ts");
  const cell = `${id}/cell`;
  document.querySelector(`[data-cell="${CSS.escape(cell)}"]`)?.remove();
  const block = document.createElement("div");
  block.className = element.className;
  block.dataset.island = "cell";
  block.dataset.cell = cell;
  block.dataset.number = "";
  const header = document.createElement("header"),
    about = document.createElement("span"),
    source = document.createElement("pre");
  about.textContent = `figure ${number}, by the engine`;
  header.append(about);
  source.textContent = code;
  block.append(header, source);
  element.after(block);
  mountCell(block);
  block.querySelector<HTMLElement>("button.run")?.focus();
}
