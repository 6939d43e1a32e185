/** A path as a plan: hours a week and depth set the dates, boxes keep what is done. Both stay in this browser. */
import { startRail } from "../lesson/rail.ts";
import { formatSpan, schedule, type Settings, type Stage } from "./schedule.ts";

const PLAN = "gradus-plan", TICKS = "gradus-ticks";

function read<T>(key: string, otherwise: T): T {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null ?? otherwise;
  } catch {
    return otherwise;
  }
}
function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage the plan holds for this page.
  }
}

export function start(): void {
  startTicks();
  const main = document.querySelector<HTMLElement>("main[data-path]");
  if (main !== null) startRail(main);
  const form = document.querySelector<HTMLFormElement>("#plan");
  const data = document.getElementById("plan-of-path")?.textContent;
  if (form === null || data == null) return;
  const { plan } = JSON.parse(data) as { readonly plan: readonly Stage[] };
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  const today = new Date().toISOString().slice(0, 10);
  const saved = read<Partial<Settings>>(PLAN, {});
  field("start").value = saved.start ?? today;
  if (saved.hours !== undefined) field("hours").value = String(saved.hours);
  if (saved.depth !== undefined) field("depth").value = String(saved.depth);
  const date = (): void => {
    const settings: Settings = {
      start: field("start").value, hours: Number(field("hours").value), depth: Number(field("depth").value),
    };
    const dated = schedule(plan, settings);
    for (const span of document.querySelectorAll<HTMLElement>("[data-date]")) {
      const stage = dated.find(({ id }) => id === span.dataset.date);
      span.textContent = stage === undefined ? "" : formatSpan(stage);
    }
    const end = form.querySelector("output")!, last = dated.at(-1);
    end.textContent = last === undefined ? "A plan needs a first day and at least one hour a week."
      : `You would be done on ${formatSpan({ id: "", from: last.to, to: last.to })}.`;
    if (last !== undefined) write(PLAN, settings);
  };
  form.addEventListener("input", date);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  date();
}

function startTicks(): void {
  const done = new Set(read<readonly string[]>(TICKS, []));
  for (const box of document.querySelectorAll<HTMLInputElement>("[data-tick]")) {
    const id = box.dataset.tick ?? "";
    box.checked = done.has(id);
    box.addEventListener("change", () => {
      if (box.checked) done.add(id);
      else done.delete(id);
      write(TICKS, [...done]);
    });
  }
}
