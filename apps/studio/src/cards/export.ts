import type { Schedule } from "./schedule.ts";

/** A field of a table that is read as HTML: marks are escaped, and breaks become `<br>`. */
const field = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/\t/g, "    ").replace(/\r?\n/g, "<br>");

/** All cards as tab-separated values with the header lines that Anki reads: front, back, lesson as a tag. */
export function cardsAsTsv(cards: readonly Schedule[]): string {
  const rows = cards.map(({ front, back, lesson }) =>
    [field(front), field(back), `gradus::${lesson.replace(/\s+/g, "-")}`].join("\t"));
  return `#separator:tab\n#html:true\n#tags column:3\n${rows.map((row) => `${row}\n`).join("")}`;
}
