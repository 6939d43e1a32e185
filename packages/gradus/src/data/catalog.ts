import { loadBreastCancer, loadDigits, loadIris, loadWine } from "./embedded.ts";
import type { LabelledRows } from "./table.ts";

/**
 * A file to fetch: it is used only when size and checksum are those written here. Where they are null nobody could
 * check them when this was written: the first fetch writes them to `checksums.json` beside the file and says so, and
 * every later fetch must bring the same.
 */
export interface RemoteFile {
  readonly name: string;
  readonly url: string;
  readonly bytes: number | null;
  readonly sha256: string | null;
}
interface Described {
  readonly title: string;
  readonly credit: string;
}
/** A data set that ships with Gradus. */
export interface EmbeddedDataset extends Described {
  readonly kind: "embedded";
  readonly load: () => Promise<LabelledRows>;
}
/** A data set that `gradus data get` fetches from its publisher. */
export interface RemoteDataset extends Described {
  readonly kind: "remote";
  readonly files: readonly RemoteFile[];
}

/**
 * The mirror of MNIST that TensorFlow Datasets reads; the sums are those of its checksum table, and the two test files
 * were hashed again from the original distribution.
 */
const MNIST = "https://storage.googleapis.com/cvdf-datasets/mnist/";
const mnist = (name: string, bytes: number, sha256: string): RemoteFile => ({ name, url: MNIST + name, bytes, sha256 });
/** Files of a publisher whose sums are pinned when they are first fetched. */
const unpinned = (base: string, names: readonly string[]): RemoteFile[] =>
  names.map((name) => ({ name: name.slice(name.lastIndexOf("/") + 1), url: base + name, bytes: null, sha256: null }));
const GITHUB = "https://raw.githubusercontent.com/";
const IDX_FILES = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
  "t10k-labels-idx1-ubyte.gz"];

/** Every data set that is known by a name. */
export const DATASETS: Readonly<Record<string, EmbeddedDataset | RemoteDataset>> = {
  digits: {
    kind: "embedded", title: "1,797 handwritten digits, 8 x 8", load: loadDigits,
    credit: "Alpaydin & Kaynak 1998, UCI Machine Learning Repository, CC BY 4.0",
  },
  iris: {
    kind: "embedded", title: "150 irises, 4 measurements, 3 species", load: loadIris,
    credit: "Fisher 1936, UCI Machine Learning Repository, CC BY 4.0",
  },
  wine: {
    kind: "embedded", title: "178 wines, 13 measurements, 3 growers", load: loadWine,
    credit: "Forina 1991, UCI Machine Learning Repository, CC BY 4.0",
  },
  "breast-cancer": {
    kind: "embedded", title: "569 tumours, 30 measurements, 2 classes", load: loadBreastCancer,
    credit: "Wolberg 1995, UCI Machine Learning Repository, CC BY 4.0",
  },
  mnist: {
    kind: "remote", title: "70,000 handwritten digits, 28 x 28", credit: "LeCun, Cortes & Burges 1998",
    files: [
      mnist("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
      mnist("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
      mnist("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
      mnist("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ],
  },
  shakespeare: {
    kind: "remote", title: "1.1 million characters of plays", credit: "public domain; the file is of karpathy/char-rnn",
    // The sum was taken from a copy of the file, which has been the same since 2015.
    files: [{
      name: "input.txt", bytes: 1115394,
      url: "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
      sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    }],
  },
  "fashion-mnist": {
    kind: "remote", title: "70,000 pictures of clothes, 28 x 28", credit: "Xiao, Rasul & Vollgraf 2017, MIT",
    files: unpinned("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", IDX_FILES),
  },
  kmnist: {
    kind: "remote", title: "70,000 cursive Japanese characters, 28 x 28",
    credit: "Clanuwat and others 2018 (CODH), CC BY-SA 4.0",
    files: unpinned("http://codh.rois.ac.jp/kmnist/dataset/kmnist/", IDX_FILES),
  },
  // The sums of the files below were taken from copies, except where they are null.
  omniglot: {
    kind: "remote", title: "handwritten characters of 50 alphabets, two small sets of five",
    credit: "Lake, Salakhutdinov & Tenenbaum 2015, MIT",
    files: [{
      name: "images_background_small1.zip", bytes: 1319022,
      url: `${GITHUB}brendenlake/omniglot/master/python/images_background_small1.zip`,
      sha256: "f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4",
    }, {
      name: "images_background_small2.zip", bytes: 1580917,
      url: `${GITHUB}brendenlake/omniglot/master/python/images_background_small2.zip`,
      sha256: "3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f",
    }],
  },
  "ner-wnut17": {
    kind: "remote", title: "named entities in noisy text", credit: "Derczynski and others 2017, CC BY 4.0",
    files: [{
      name: "wnut17train.conll", bytes: 493781,
      url: `${GITHUB}leondz/emerging_entities_17/master/wnut17train.conll`,
      sha256: "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5",
    }, {
      name: "emerging.dev.conll", bytes: 114752,
      url: `${GITHUB}leondz/emerging_entities_17/master/emerging.dev.conll`,
      sha256: "eddb4c7250f563f3746df0bfd00057cde948dfbb75140a753cdb2c27f82f0f66",
    }],
  },
  names: {
    kind: "remote", title: "32,033 first names", credit: "US Social Security Administration, public domain",
    files: [{
      name: "names.txt", bytes: 228145, url: `${GITHUB}karpathy/makemore/master/names.txt`,
      sha256: "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    }],
  },
  "gpt2-bpe": {
    kind: "remote", title: "merges and vocabulary of GPT-2's tokenizer", credit: "OpenAI 2019, MIT",
    files: [{
      name: "vocab.bpe", bytes: 456318, url: "https://openaipublic.blob.core.windows.net/gpt-2/models/117M/vocab.bpe",
      sha256: "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    }, {
      name: "encoder.json", bytes: 1042301,
      url: "https://openaipublic.blob.core.windows.net/gpt-2/models/117M/encoder.json",
      sha256: "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
    }],
  },
  squad: {
    kind: "remote", title: "100,000 questions about passages of Wikipedia, version 1.1",
    credit: "Rajpurkar and others 2016, CC BY-SA 4.0",
    files: unpinned("https://rajpurkar.github.io/SQuAD-explorer/dataset/", ["train-v1.1.json", "dev-v1.1.json"]),
  },
  "multi30k-raw": {
    kind: "remote", title: "29,000 captions in English and German, as they were written",
    credit: "Elliott and others 2016",
    files: unpinned(`${GITHUB}multi30k/dataset/master/data/task1/raw/`,
      ["train.en.gz", "train.de.gz", "val.en.gz", "val.de.gz", "test_2016_flickr.en.gz", "test_2016_flickr.de.gz"]),
  },
};
