import type { JSX } from "preact";

/**
 * Texts of a quiz. The build gives them as markup (`data-format="html"` on the island): that is the lesson's own page
 * and as trustworthy as it. Without it they are plain, with code between backticks.
 */
export type Format = "html" | "text";

interface RichProps { readonly text: string; readonly format: Format; readonly as?: "span" | "div" }

export function Rich({ text, format, as: Tag = "span" }: RichProps): JSX.Element {
  if (format === "html") return <Tag class="rich" dangerouslySetInnerHTML={{ __html: text }} />;
  const parts = text.split(/(`[^`]+`)/);
  return (
    <Tag class="rich">
      {parts.map((part) => (/^`.+`$/.test(part) ? <code>{part.slice(1, -1)}</code> : part))}
    </Tag>
  );
}

/** What a text says when nothing can be shown but letters: formulas as they are written in TeX. */
export function asText(text: string, format: Format): string {
  if (format === "text") return text;
  const holder = document.createElement("template");
  holder.innerHTML = text;
  for (const formula of holder.content.querySelectorAll(".katex")) {
    formula.replaceWith(formula.querySelector("annotation")?.textContent ?? formula.textContent ?? "");
  }
  return (holder.content.textContent ?? "").trim();
}
