/** The foot of every page, as HTML. */
interface FooterOptions {
  readonly home: string;
  readonly rooms: readonly string[];
  /** What stands before everything else: the way on. */
  readonly before?: string;
}

export function footer({ home, rooms, before = "" }: FooterOptions): string {
  const pages: readonly (readonly [string, string])[] = [
    ["course/glossary/", "Glossary"], ["course/notation/", "Notation"], ["course/errata/", "Common errors"],
    ["course/resources/", "Books and papers"], ...(rooms.includes("cards") ? [["cards/", "Cards"] as const] : []),
    ...(rooms.includes("digits") ? [["digits/", "Handwritten digits"] as const] : []),
  ];
  const links = pages.map(([address, name]) => `<a href="${home}${address}">${name}</a>`).join("");
  return `<footer class="end ui">${before}<nav aria-label="More">${links}</nav>` +
    `<p>Everything is computed on this machine, and works offline. Nothing you type or draw leaves it.</p>` +
    `<p>Digits: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning ` +
    `Repository ` +
    `1998, CC BY 4.0. Type: Literata, Archivo and Commit Mono, SIL Open Font License; formulas by KaTeX.</p></footer>`;
}
