/** What every static page of the course wakes up: its head, and whatever of the following stands on it. */
import "katex/dist/katex.min.css";
import "../../shell/look.ts";
import "../lesson/text.css";
import "../lesson/lesson.css";
import "./course.css";
import { startShell } from "../../shell/behaviour.ts";

/** Scripts by what they look for. */
const PARTS: Readonly<Record<string, () => Promise<{ start(): void }>>> = {
  "main[data-lesson]": () => import("../lesson/start.ts"),
  "#plan, [data-tick]": () => import("./plan.ts"),
  "[data-lesson-tick]": () => import("./ticks.ts"),
  "#placement": () => import("./placement.tsx"),
  "#mind-map": () => import("./mind-map.ts"),
  "#doubt-form": () => import("./doubt.ts"),
};

startShell();
for (const [selector, load] of Object.entries(PARTS)) {
  if (document.querySelector(selector) !== null) void load().then(({ start }) => start());
}
