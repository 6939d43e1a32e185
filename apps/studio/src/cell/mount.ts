import { h, render } from "preact";
import { Sandbox } from "../engine/sandbox.ts";
import { placeOf, tell } from "../progress/tell.ts";
import { Cell } from "./cell.tsx";
import "./cell.css";
import { Notebook } from "./notebook.ts";

/** Seconds a cell may run where its block says nothing. */
const SECONDS = 20;
/** The cells of this page; their sandbox opens with the first run. */
const notebook = new Notebook((receive) => new Sandbox("cell", receive));

/** Makes the block of a cell live: `data-cell="lesson/cell"`, its code in `pre.source`. */
export function mount(element: HTMLElement): void {
  const shown = element.querySelector<HTMLElement>("pre.source, pre");
  const text = (shown?.textContent ?? "").trimEnd();
  const id = element.dataset.cell ?? element.id, [lesson, cell] = placeOf(id);
  let told = false;
  const props = {
    notebook, id, number: Number(element.dataset.number ?? 1), text, shown,
    about: element.querySelector("header span")?.textContent ?? "",
    before: element.querySelector("pre.output")?.textContent ?? "",
    seconds: Number(element.dataset.seconds ?? SECONDS),
    ran() {
      if (!told) tell(element, { kind: "cell-run", lesson, cell });
      told = true;
    },
  };
  // Rendered beside, then swapped in: nothing jumps.
  const place = document.createElement("div");
  render(h(Cell, props), place);
  element.replaceChildren(place);
}
