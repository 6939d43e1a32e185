/** Text on a canvas: how much room it takes, how it breaks, and lines of it. */
import type { Mark, Text } from "../scene.ts";

/** About how wide a text is in the labels' face; a little on the safe side, so that what fits by it fits. */
export const textWidth = (text: string, size = 13): number => text.length * size * 0.54;

/** Breaks a text into lines no wider than `width`, at spaces. */
export function wrap(text: string, width: number, size = 13): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A paragraph: `y` is the first baseline. */
export function paragraph(text: string, x: number, y: number, width: number, style: Partial<Text> = {}): Mark[] {
  const size = style.size ?? 13;
  return wrap(text, width, size).map((line, i) =>
    ({ kind: "text", size, fill: "ink-2", ...style, x, y: y + i * Math.round(size * 1.4), text: line }));
}

/** The lower digits of x₁, w₁₀. */
export const subscript = (n: number): string => [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]).join("");
