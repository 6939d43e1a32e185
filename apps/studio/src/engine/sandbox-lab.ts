/** Runs in the sandbox: the checks of a lab against a learner's code. */
import { runLab, type LabJob, type Told } from "@gradus/lessons/grade/grader";
import type { Module } from "@gradus/lessons/grade/realm";
import { inner, load } from "./sandbox-inner.ts";

export function start(library: Module): void {
  const tell = (told: Told): void => inner.postMessage({ type: "told", told });
  inner.onmessage = ({ data }) => {
    const { models, data: sets, text } = library as Readonly<Record<string, Module>>;
    const libraries = { "gradus": library, "gradus/models": models, "gradus/data": sets, "gradus/text": text };
    runLab(data as LabJob, load, libraries, tell).catch((error: unknown) => {
      inner.postMessage({ type: "failed", message: String(error), line: null });
    });
  };
  inner.postMessage({ type: "ready" });
}
