import "../exec/setup.ts";
import "../tensor/tensor.ts";

export { ArrayDataset, subset, type Column, type Dataset } from "./dataset.ts";
export { DataLoader, type LoaderOptions, type LoaderState } from "./loader.ts";
export { shuffledSplit, tailSplit, type Split } from "./split.ts";
export { parseCsv, type CsvRow } from "./csv.ts";
export {
  labelledDataset, labelledRowsFromCsv, standardize, standardizer, type LabelledRows,
} from "./table.ts";
export { parseIdx, readIdx, writeIdx, type IdxArray } from "./idx.ts";
export { gunzip, isGzip } from "./gzip.ts";
export {
  CharacterVocabulary, characterCorpus, randomWindows, scoringWindows, type Corpus, type TextBatch,
} from "./text.ts";
export { loadBreastCancer, loadDigits, loadIris, loadWine } from "./embedded.ts";
export { DATASETS, type EmbeddedDataset, type RemoteDataset, type RemoteFile } from "./catalog.ts";
export { moons, spirals, type GeneratorOptions } from "./generators.ts";
export { reduceStrokes, type Point, type Stroke } from "./strokes.ts";
