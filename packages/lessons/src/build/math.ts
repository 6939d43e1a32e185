/** Formulas become HTML with MathML beside it, here and not in the page. */
import katex from "katex";

/** Macros of the course: one name for one meaning. */
const MACROS = {
  "\\R": "\\mathbb{R}", "\\E": "\\mathbb{E}", "\\KL": "D_{\\mathrm{KL}}", "\\softmax": "\\operatorname{softmax}",
  "\\argmax": "\\operatorname*{arg\\,max}", "\\argmin": "\\operatorname*{arg\\,min}",
  // \live{figure.name}{factor}: under this factor stands a number of the figure, as it is now.
  "\\live": "\\htmlData{live=#1}{#2}",
};

/** HTML of a formula; throws a sentence where it cannot be read. */
export function renderMath(tex: string, display: boolean): string {
  try {
    return katex.renderToString(tex, {
      displayMode: display, output: "htmlAndMathml", macros: { ...MACROS },
      // Of what adds to the page, only the data that `\live` needs.
      strict: (code: string) => (code === "htmlExtension" ? "ignore" : "error"),
      trust: ({ command }) => command === "\\htmlData",
    });
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^KaTeX parse error: /, "") : String(error);
    throw new Error(`the formula cannot be read: ${message}`, { cause: error });
  }
}
