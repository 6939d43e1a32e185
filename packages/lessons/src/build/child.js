// @ts-check
/** A process that runs lessons: it gets their folders as messages and answers with their results. See computer.ts. */
import { resolve } from "node:path";
import { runnerImport } from "vite";

const here = import.meta.dirname;
/** @type {{ module: { answerOrders(options: string): Promise<void> } }} */
const { module } = await runnerImport(resolve(here, "answer.ts"), {
  configFile: false, root: resolve(here, "../../../.."), logLevel: "error",
});
await module.answerOrders(process.argv[2]);
