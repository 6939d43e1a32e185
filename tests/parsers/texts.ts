import {
  DNA, parseCitationGraph, parseCoco, parseConll, parseCsv, parseFasta, parseFastq, parseJsonLines, parseParallel,
  parseSquad, parseVoc, parseXml, PROTEIN, readFasta, reverseComplement, writeFasta,
} from "../../packages/gradus/src/data/index.ts";
import { labelledRowsFromCsv } from "../../packages/gradus/src/data/table.ts";
import { parseStrictJson } from "../../packages/gradus/src/interop/json.ts";
import { readShardIndex } from "../../packages/gradus/src/interop/shards.ts";
import { parseMerges } from "../../packages/gradus/src/text/gpt2.ts";
import { readTokenizer } from "../../packages/gradus/src/text/tokenizer-json.ts";
import { parseDescription } from "../../packages/gradus/src/train/description.ts";
import { fixture, text } from "./fixtures.ts";
import type { Parser } from "./fuzz.ts";

interface Source {
  readonly json: string;
}
const [{ parts, bert }] = fixture<readonly { readonly parts: readonly Source[]; readonly bert: readonly Source[] }[]>(
  "text-tokenizers.json");
/** The short ones: what is damaged should matter. */
const tokenizers = [...parts, ...bert].map(({ json }) => json).filter(({ length }) => length < 20_000);
const voc = "<annotation><filename>a.jpg</filename><size><width>20</width><height>10</height><depth>3</depth></size>" +
  "<object><name>cat &amp; dog</name><difficult>1</difficult><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>12.5</xmax>" +
  "<ymax>9</ymax></bndbox></object></annotation>";
const coco = JSON.stringify({
  images: [{ id: 1, file_name: "a.jpg", width: 20, height: 10 }], categories: [{ id: 18, name: "dog" }],
  annotations: [
    { id: 5, image_id: 1, category_id: 18, bbox: [1, 2, 3.5, 4], area: 14, iscrowd: 0,
      segmentation: [[1, 2, 3, 4, 5, 6]] },
    { id: 6, image_id: 1, category_id: 18, bbox: [0, 0, 2, 2], iscrowd: 1,
      segmentation: { size: [10, 20], counts: "0_1a0" } },
  ],
});
const squad = JSON.stringify({ version: "v2.0", data: [{ title: "T", paragraphs: [{
  context: "Gradus 😀 means step.", qas: [
    { id: "q1", question: "What?", answers: [{ text: "step", answer_start: 15 }], is_impossible: false },
    { id: "q2", question: "Why?", answers: [], is_impossible: true },
  ],
}] }] });
const run = JSON.stringify({
  gradus: 1, model: "mlp", data: "iris", kind: "classifier", settings: { seed: 1, batch: 2, lr: 0.1, steps: 3 },
  classifier: { shape: [4], classes: ["a", "b"], scaling: { mean: [0], scale: [1] }, split: "tail", heldOut: 3 },
});

/** Readers of text. */
export const PARSERS: Readonly<Record<string, Parser>> = {
  "CSV": text(["a,b,c\n1,2,x\n3,\"4,5\",y\n", "1;2\r\n\"a \"\"b\"\"\";\n", "1,2,setosa\n3,4,virginica\n"], (source) => {
    parseCsv(source);
    return labelledRowsFromCsv(source);
  }),
  "JSON": text([coco, squad, '{"a":[1,1.5e-3,true,null,"\\u00e9\\n"]}'], (source) => parseStrictJson(source)),
  "index of shards": text(
    ['{"metadata":{"total_size":8},"weight_map":{"a":"m-00001-of-00002.safetensors","b":"m.safetensors"}}'],
    (source) => readShardIndex(source)),
  "XML": text([voc, "<?xml version=\"1.0\"?><!-- c --><a b='c'>x &#233; <d/></a>"], (source) => parseXml(source)),
  "VOC": text([voc], (source) => parseVoc(source)),
  "COCO": text([coco], (source) => parseCoco(source)),
  "SQuAD": text([squad], (source) => parseSquad(source)),
  "CoNLL": text(["-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nPeter NNP B-NP B-PER\n"],
    (source) => parseConll(source)),
  "FASTA": text([">one a protein\nMKVLAX\nwq-*\n\n>two\r\nACDEF GHIKL\r\n", "; an old comment\n>dna\nACGTNryk\n"],
    async (source) => {
      const records = parseFasta(source);
      await readFasta(new TextEncoder().encode(source), { limit: 1000 });
      parseFasta(writeFasta(records));
      return records.map(({ sequence }) => PROTEIN.encode(sequence.replaceAll(/[-*]/g, "")));
    }),
  "FASTQ": text(["@r1 lane 1\nACGTN\n+\nII#!~\n@r2\nGG\n+r2\n5I\n"], (source) =>
    parseFastq(source).map(({ sequence }) => DNA.encode(reverseComplement(sequence)))),
  "JSON lines": text(['{"a":1}\n{"b":[2]}\n'], (source) => parseJsonLines(source)),
  "parallel texts": text(["A dog.\nTwo cats.\n|Ein Hund.\nZwei Katzen.\n"], (source) => {
    const [from, to = ""] = source.split("|");
    return parseParallel(from, to);
  }),
  "citation graph": text(["0\t1\ttrain\t1 5\n1\t0\ttest\t2\n|1\t0\n0\t1\n"], (source) => {
    const [nodes, edges = ""] = source.split("|");
    return parseCitationGraph(nodes, edges);
  }),
  "tokenizer.json": text(tokenizers, (source) => readTokenizer(source)),
  "merges": text(["#version: 0.2\nĠ t\nh e\n"], (source) => parseMerges(source)),
  "run.json": text([run], (source) => parseDescription(source, "run.json")),
};
