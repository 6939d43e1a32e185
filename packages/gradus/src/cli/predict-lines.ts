import { readText } from "../data/files.node.ts";
import { buildTask, recipeOf } from "../train/session.node.ts";
import type { RunFolder } from "../train/run.node.ts";
import type { Given } from "./arguments.ts";
import { chooseBackend, type BACKEND_OPTIONS } from "./backend.ts";
import { DONE, print, printJson, type Context } from "./context.ts";
import { loadTaskModel, withWeights } from "./load.ts";
import { readData } from "./source.ts";

/** What is answered: a line, the lines of a file, or what was held out of data, to be scored. */
type Flags = Given<"text" | "input" | "data" | "json" | keyof typeof BACKEND_OPTIONS>;

/** The answers of a model that reads lines, or its figures on the data held out. */
export async function predictLines(folder: RunFolder, options: Flags, context: Context): Promise<number> {
  const json = options.json !== undefined;
  const stop = await chooseBackend(options, context);
  try {
    if (options.text === undefined && options.input === undefined) {
      const { description } = folder, name = options.data ?? description.data, recipe = recipeOf(description.model);
      const task = await buildTask(description, await readData(recipe, name));
      await withWeights(folder, task.model);
      const found = await task.evaluate(), { metric } = recipe.bar;
      if (json) printJson(context, { metric, value: found[metric], ...found });
      else {
        const figures = Object.entries(found).map(([key, value]) => `${key} ${value.toFixed(4)}`);
        print(context, `${figures.join(", ")} on what was held out of ${name}`);
      }
      return DONE;
    }
    const { answer } = await loadTaskModel(folder);
    const lines = options.text !== undefined ? [options.text]
      : (await readText(options.input!)).trimEnd().split(/\r?\n/);
    const answers: { line: string; answer: string }[] = [];
    for (const line of lines) {
      const said = await answer(line);
      if (json) answers.push({ line, answer: said });
      else print(context, said);
    }
    if (json) printJson(context, { answers });
    return DONE;
  } finally {
    stop();
  }
}
