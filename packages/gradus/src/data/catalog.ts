import { loadBreastCancer, loadDigits, loadIris, loadWine } from "./embedded.ts";
import type { LabelledRows } from "./table.ts";

/** A file to fetch: it is used only when size and checksum are those written here. */
export interface RemoteFile {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
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
};
