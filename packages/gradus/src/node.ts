/** What needs Node: files, downloads, runs kept on disk. The rest of Gradus runs in browsers too. */
export { download, type DownloadProgress } from "./data/download.node.ts";
export {
  dataFolder, readBytes, readCorpus, readImageFolder, readTable, readText, type ImageFolder,
} from "./data/files.node.ts";
export {
  readCitationGraph, readClassFolder, readParallel, readVocFolder, type ClassFolder,
} from "./data/folders.node.ts";
export { WorkerDataset, type WorkerOptions } from "./data/workers.node.ts";
export { SafetensorsReader, type TensorDescription } from "./interop/safetensors-file.node.ts";
export { writeAtomically } from "./train/atomic.node.ts";
export { Checkpoints, readCheckpoint, writeCheckpoint, type CheckpointOptions } from "./train/checkpoints.node.ts";
export { CsvLog } from "./train/log.node.ts";
export { CsvLogger, EventFile, TensorBoard, type TensorBoardOptions } from "./train/logging.node.ts";
export { RunFolder } from "./train/run.node.ts";
export { buildTask, describeRun, recipeOf, runTraining, type RunData, type RunHooks } from "./train/session.node.ts";
export { FileJournal } from "./tune/journal.node.ts";
export { ProcessPool, type ProcessPoolOptions } from "./tune/pool.node.ts";
export { createNativeBackend, type NativeOptions } from "#native";
