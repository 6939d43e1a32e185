/** What pages know of the course, as plain data: `course.json` and what the search finds. */

export interface ManifestLesson {
  readonly id: string;
  /** "1.4": part and place in it. */
  readonly number: string;
  readonly title: string;
  readonly question: string;
  readonly minutes: number;
  readonly concepts: readonly string[];
  readonly requires: readonly string[];
  readonly sections: readonly { readonly id: string; readonly title: string }[];
  readonly figures: readonly { readonly id: string; readonly title: string }[];
  readonly cells: readonly string[];
  readonly labs: readonly { readonly id: string; readonly title: string; readonly minutes: number }[];
  readonly quiz: readonly { readonly id: string; readonly kind: string }[];
  readonly essays: readonly string[];
  readonly terms: readonly string[];
}
export interface ManifestPart {
  readonly number: number;
  readonly title: string;
  readonly question: string;
  readonly lessons: readonly ManifestLesson[];
}
export interface Manifest {
  readonly parts: readonly ManifestPart[];
  readonly concepts: readonly {
    readonly id: string; readonly title: string; readonly part: number;
    readonly requires: readonly string[]; readonly lesson?: string;
  }[];
  readonly paths: readonly {
    readonly id: string; readonly title: string; readonly unit: string;
    readonly stages: readonly { readonly id: string; readonly title: string; readonly minutes: number }[];
  }[];
  readonly terms: readonly {
    readonly id: string; readonly term: string; readonly lesson: string; readonly html: string;
  }[];
}

/** One thing that can be found: a passage, a term or a sign. */
export interface SearchDocument {
  readonly id: number;
  readonly kind: "text" | "term" | "symbol";
  readonly title: string;
  /** Where it is, in words: "0.2 Probability". */
  readonly place: string;
  /** From the folder of the course: `probability/#bayes`. */
  readonly address: string;
  readonly text: string;
}
