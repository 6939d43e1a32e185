import { h, render } from "preact";
import labs from "virtual:course/labs";
import "../cell/cell.css";
import "./lab.css";
import { placeOf, tell } from "../progress/tell.ts";
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
    const [lesson, name] = placeOf(id);
    const store = createLab(id, lab, shelf(), ({ checks }) => {
      const passed = checks.filter(({ verdict }) => verdict === "passed").length;
      tell(element, { kind: "lab-tried", lesson, lab: name, passed, checks: checks.length });
    });
    render(h(Lab, { store, shown }), place);
    element.replaceChildren(place);
  });
}
