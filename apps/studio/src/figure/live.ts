/** Numbers of a figure under the factors of formulas that name them: `\live{figure.name}{factor}` in the text. */
import type { LiveNumber } from "@gradus/lessons";
import { glyph } from "@gradus/lessons/draw/glyph";
import { fixed, signOf } from "@gradus/lessons/draw/number";
import { printSvg } from "@gradus/lessons/svg";

const DECIMALS = 3, SIGN = 12, BELOW = 7;
const COLOURS = ["negative", "zero", "positive"] as const;

/** Puts the numbers where the text asks for them; what is not computed yet is a dot. */
export function showNumbers(figure: string, numbers: Readonly<Record<string, LiveNumber>>): void {
  const named = `${figure}.`, fresh = new Set<Element>();
  for (const factor of document.querySelectorAll<HTMLElement>(`[data-live^="${CSS.escape(named)}"]`)) {
    let place = factor.querySelector<HTMLElement>(":scope > .live-number");
    if (place === null) {
      place = document.createElement("span");
      place.className = "live-number";
      factor.append(place);
      fresh.add(factor.closest(".formula") ?? factor);
    }
    const number = numbers[(factor.dataset.live ?? "").slice(named.length)];
    show(place, number ?? { kind: "plain", value: null });
  }
  if (fresh.size > 0) void document.fonts.ready.then(() => fresh.forEach(align));
}

function show(place: HTMLElement, { kind, value }: LiveNumber): void {
  const text = value === null ? "·" : fixed(value, DECIMALS);
  place.className = `live-number ${value === null || kind === "plain" ? "" : COLOURS[signOf(value, DECIMALS) + 1]}`;
  place.textContent = text;
  if (value === null || kind === "plain") return;
  const sign = { width: SIGN, height: SIGN, marks: [glyph(kind, value, SIGN / 2, SIGN / 2, SIGN - 2)] };
  place.insertAdjacentHTML("afterbegin", printSvg(sign, { id: `live-${kind}` }));
}

/** All numbers of a formula stand on one line, below the deepest of their factors. */
function align(formula: Element): void {
  const factors = [...formula.querySelectorAll<HTMLElement>("[data-live]")];
  const lowest = Math.max(...factors.map((factor) => factor.getBoundingClientRect().bottom));
  for (const factor of factors) {
    const fall = lowest - factor.getBoundingClientRect().top + BELOW;
    factor.style.setProperty("--fall", `${fall.toFixed(1)}px`);
  }
}
