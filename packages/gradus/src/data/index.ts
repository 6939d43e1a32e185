import "../exec/setup.ts";
import "../tensor/tensor.ts";

export { ArrayDataset, Subset, subset, type Column, type Dataset } from "./dataset.ts";
export { ItemDataset, type ItemSource } from "./items.ts";
export { ConcatDataset, TensorDataset } from "./tensors.ts";
export { padSamples, stackSamples, type Field, type PaddedBatch } from "./collate.ts";
export { DataLoader, type LoaderOptions, type LoaderState } from "./loader.ts";
export { bucketSampler, stratifiedSampler, weightedSampler, type BatchOptions, type Sampler } from "./sampler.ts";
export * as transforms from "./transforms/transforms.ts";
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
export { blobs, circles, moons, spirals, type GeneratorOptions } from "./generators.ts";
export {
  addingTask, copyingTask, dyckTask, IGNORED, inductionHeadsTask, parityTask, selectiveCopyingTask, sineWaves,
  taskDataset, type TaskOptions, type TokenTask,
} from "./tasks.ts";
export { drawShapes, SHAPES, type DrawnPicture, type DrawnShape, type ShapesOptions } from "./shapes.ts";
export { taggedSentences, type TaggedSentencesOptions, type TaggedWord } from "./tagged-sentences.ts";
export { captionedShapes, type CaptionedPicture, type CaptionsOptions } from "./captions.ts";
export { decodePicture, encodePng, pictureOf, pictureTensor, type Picture } from "./formats/picture.ts";
export { openZip, type ZipEntry, type ZipLimits } from "./formats/zip.ts";
export { pictureArchive, type PictureArchive } from "./picture-archive.ts";
export { readParquet, type ParquetOptions, type ParquetRow } from "./formats/parquet.ts";
export {
  parseCoco, parseVoc, runLengthMask, type AnnotatedPicture, type BoxAnnotation, type Coco, type CocoPicture,
} from "./formats/boxes.ts";
export { parseXml, type XmlElement } from "./formats/xml.ts";
export {
  parseConll, parseJsonLines, parseLines, parseParallel, parseSquad, spansOfTags, type ColumnSentence,
  type EntitySpan, type Question,
} from "./formats/language.ts";
export {
  parseFasta, readFasta, streamFasta, writeFasta, type FastaOptions, type SequenceRecord,
} from "./fasta.ts";
export { parseFastq, type ReadRecord } from "./fastq.ts";
export { DNA, DNA_COMPLEMENT, PROTEIN, reverseComplement, SequenceAlphabet } from "./sequences.ts";
export { parseCitationGraph, type CitationGraph } from "./formats/graph.ts";
export {
  BEGIN, END, ended, PADDING, PAIR_TOKENS, pairBatch, pairLoader, plainLine, readPairs, tokenPair, UNKNOWN,
  type SentencePair, type TokenPair,
} from "./pairs.ts";
export { reduceStrokes, type Point, type Stroke } from "./strokes.ts";
