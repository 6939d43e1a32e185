/** What needs Node: files, downloads, runs kept on disk. The rest of Gradus runs in browsers too. */
export { download, type DownloadProgress } from "./data/download.node.ts";
export {
  dataFolder, readBytes, readCorpus, readImageFolder, readTable, readText, type ImageFolder,
} from "./data/files.node.ts";
export { writeAtomically } from "./train/atomic.node.ts";
export { CsvLog } from "./train/log.node.ts";
export { RunFolder } from "./train/run.node.ts";
export { buildTask, describeRun, recipeOf, runTraining, type RunData, type RunHooks } from "./train/session.node.ts";
export { createNativeBackend, type NativeOptions } from "#native";
