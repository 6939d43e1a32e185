/** How the search's index is made and read: the build and the page must agree on it. */
import MiniSearch, { type Options } from "minisearch";
import type { SearchDocument } from "@gradus/lessons";

/** What a hit carries. */
export type Hit = Pick<SearchDocument, "kind" | "title" | "place" | "address"> & { readonly excerpt: string };

const EXCERPT = 150;
const OPTIONS: Options<SearchDocument & { readonly excerpt: string }> = {
  fields: ["title", "place", "text"], storeFields: ["kind", "title", "place", "address", "excerpt"],
  searchOptions: { boost: { title: 4, place: 2 }, prefix: true, fuzzy: (word) => word.length > 4 ? 0.2 : false },
};

/** The index of all documents, as text. */
export function printIndex(documents: readonly SearchDocument[]): string {
  const index = new MiniSearch(OPTIONS);
  index.addAll(documents.map((document) => {
    const { text } = document;
    const cut = text.length > EXCERPT ? `${text.slice(0, text.lastIndexOf(" ", EXCERPT))} …` : text;
    return { ...document, excerpt: cut };
  }));
  return JSON.stringify(index);
}

/** A function from words to hits, best first. */
export function readIndex(text: string): (words: string) => readonly Hit[] {
  const index = MiniSearch.loadJSON(text, OPTIONS);
  return (words) => index.search(words) as unknown as readonly Hit[];
}
