import { h, render } from "preact";
import labs from "virtual:course/labs";
import "../cell/cell.css";
import "./lab.css";
import { createLab } from "./store.ts";
import { Lab } from "./view.tsx";

function shelf(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** Makes the block of a lab live: `data-lab="lesson/lab"`; what the build printed stands until its texts are here. */
export function mount(element: HTMLElement): void {
  const id = element.dataset.lab ?? "";
  if (!Object.hasOwn(labs, id)) return;
  const shown = element.querySelector<HTMLElement>("pre.source, pre");
  void labs[id]().then(({ default: lab }) => {
    const place = document.createElement("div");
    render(h(Lab, { store: createLab(id, lab, shelf()), shown }), place);
    element.replaceChildren(place);
  });
}
