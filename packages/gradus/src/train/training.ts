/** The training loop and what watches it: the namespace `training`. */
export { train, type TrainOptions } from "./trainer.ts";
export type {
  CountedSchedule, Evaluation, MeasuredSchedule, TrainableOptimizer, TrainingTask, WeightAverages,
} from "./task.ts";
export {
  EarlyStopping, type Callback, type CallbackState, type EarlyStoppingOptions, type Run, type StepReport,
  type TrainResult,
} from "./callbacks.ts";
export { TerminalReport } from "./terminal.ts";
export { decodeCheckpoint, encodeCheckpoint, type Checkpoint, type RunPosition } from "./checkpoint.ts";
export { drawCurve, type CurveOptions } from "./curve.ts";
export { formatDuration, formatNumber, Progress, type ProgressOutput, type ProgressState } from "./progress.ts";
export { histogramEvent, scalarEvent, startEvent, versionEvent } from "./events.ts";
export {
  pieceTokenizer, restoreTokenizer, wordTokenizer, type KeptTokenizer, type LineTokenizer,
} from "./line-tokenizer.ts";
export { Translator, type AlignedTranslation } from "./translator.ts";
export {
  bleuByLength, bleuOf, perplexityOf, scoreOf, translationTask, type LengthBucket, type TranslationCorpus,
  type TranslationSettings,
} from "./translation.ts";
