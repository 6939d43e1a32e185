/**
 * A scene as the text of an SVG. The build prints the first frame of each figure with it, the studio saves pictures
 * with it. In a page the colours stay names of the theme (CSS variables); a saved file asks for values instead.
 */
import type { Box, Cells, Colour, Group, Line, Mark, Scene, Style, Text } from "./scene.ts";

export interface SvgOptions {
  /** Begins the ids inside, which must differ between pictures of one page. */
  readonly id: string;
  /** What a reader who cannot see it is told. */
  readonly label?: string;
  /** A colour's value; CSS variables where nothing is said. */
  readonly colour?: (name: Exclude<Colour, "none">) => string;
  /** A face's value, likewise. */
  readonly face?: (name: "sans" | "serif" | "mono") => string;
}

const NAMES: Partial<Record<Colour, string>> = { hair: "rule", good: "ok" };
const variable = (name: string): string => `var(--${NAMES[name as Colour] ?? name})`;
/** The share of its colour that the strongest cell has; ink on it keeps its contrast. */
const STRONGEST = 0.48;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const number = (value: number): string => String(Math.round(value * 100) / 100);

export function printSvg(scene: Scene, options: SvgOptions): string {
  const printer = new Printer(options);
  const marks = scene.marks.map((mark) => printer.mark(mark)).join("");
  const label = options.label === undefined ? `aria-hidden="true"` : `role="img" aria-label="${escape(options.label)}"`;
  const size = `viewBox="0 0 ${number(scene.width)} ${number(scene.height)}" width="${number(scene.width)}" ` +
    `height="${number(scene.height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${label}>${printer.definitions()}${marks}</svg>`;
}

class Printer {
  private readonly id: string;
  private readonly hatches = new Set<Colour>();
  private readonly colourOf: NonNullable<SvgOptions["colour"]>;
  private readonly faceOf: NonNullable<SvgOptions["face"]>;

  constructor({ id, colour = variable, face = variable }: SvgOptions) {
    this.id = id;
    this.colourOf = colour;
    this.faceOf = face;
  }

  definitions(): string {
    if (this.hatches.size === 0) return "";
    const patterns = [...this.hatches].map((name) =>
      `<pattern id="${this.id}-${name}" width="5" height="5" patternUnits="userSpaceOnUse" ` +
      `patternTransform="rotate(45)"><path d="M0 0v5" stroke="${this.colour(name)}" stroke-width="3"/></pattern>`);
    return `<defs>${patterns.join("")}</defs>`;
  }

  mark(mark: Mark): string {
    switch (mark.kind) {
      case "line": return this.line(mark);
      case "disc": return this.close("circle", mark,
        `cx="${number(mark.x)}" cy="${number(mark.y)}" r="${number(mark.r)}"${this.style(mark, "ink")}`);
      case "box": return this.box(mark);
      case "text": return this.text(mark);
      case "cells": return this.cells(mark);
      case "group": return this.group(mark);
    }
  }

  private colour(name: Colour): string {
    return name === "none" ? "none" : this.colourOf(name);
  }

  /** Fill, stroke and what goes with them; `fill` where the mark names neither. */
  private style(style: Style, fill: Colour): string {
    const ground = style.fill ?? (style.stroke === undefined ? fill : "none");
    let text = "";
    if (style.hatch === true && ground !== "none") {
      this.hatches.add(ground);
      text += ` fill="url(#${this.id}-${ground})"`;
    } else text += ` fill="${this.colour(ground)}"`;
    const stroke = style.stroke ?? (style.hatch === true ? ground : undefined);
    if (stroke !== undefined && stroke !== "none") {
      text += ` stroke="${this.colour(stroke)}" stroke-width="${number(style.width ?? 1.5)}"`;
    }
    if (style.dash !== undefined) text += ` stroke-dasharray="${style.dash.map(number).join(" ")}"`;
    if (style.opacity !== undefined) text += ` opacity="${number(style.opacity)}"`;
    return text;
  }

  private close(tag: string, mark: { readonly title?: string }, attributes: string, content = ""): string {
    const title = mark.title === undefined ? "" : `<title>${escape(mark.title)}</title>`;
    const inside = title + content;
    return inside === "" ? `<${tag} ${attributes}/>` : `<${tag} ${attributes}>${inside}</${tag}>`;
  }

  private line(mark: Line): string {
    const { points, closed = false, smooth = false, arrow = false } = mark;
    if (points.length === 0) return "";
    const style = this.style({ stroke: "ink", fill: "none", ...mark }, "none");
    const d = smooth && !closed ? smoothPath(points) : straightPath(points, closed);
    const path = this.close("path", mark, `d="${d}" stroke-linejoin="round"${style}`);
    if (!arrow || points.length < 2) return path;
    const [[x0, y0], [x, y]] = points.slice(-2);
    const angle = Math.atan2(y - y0, x - x0), size = 4 + 2 * (mark.width ?? 1.5);
    const wing = (turn: number): string =>
      `${number(x - size * Math.cos(angle + turn))} ${number(y - size * Math.sin(angle + turn))}`;
    const head = this.style({ fill: mark.stroke ?? "ink", opacity: mark.opacity }, "ink");
    return `${path}<path d="M${wing(0.42)}L${number(x)} ${number(y)}L${wing(-0.42)}z"${head}/>`;
  }

  private box(mark: Box): string {
    const round = mark.round === undefined ? "" : ` rx="${number(mark.round)}"`;
    return this.close("rect", mark, `x="${number(mark.x)}" y="${number(mark.y)}" width="${number(mark.w)}" ` +
      `height="${number(mark.h)}"${round}${this.style(mark, "ink")}`);
  }

  private text(mark: Text): string {
    const { role = "label", size = 14, anchor = "start", bold = role === "title" } = mark;
    const face = role === "code" ? "mono" : role === "symbol" ? "serif" : "sans";
    const look = `font-family="${escape(this.faceOf(face))}" font-size="${number(size)}"` +
      (role === "symbol" ? ` font-style="italic"` : "") + (bold ? ` font-weight="600"` : "") +
      (anchor === "start" ? "" : ` text-anchor="${anchor}"`);
    // A style outweighs what a page says about text in pictures; an attribute would not.
    const paint = `style="fill:${this.colour(mark.fill ?? "ink")};font-family:${escape(this.faceOf(face))}"`;
    const faint = mark.opacity === undefined ? "" : ` opacity="${number(mark.opacity)}"`;
    return this.close("text", mark, `x="${number(mark.x)}" y="${number(mark.y)}" ${look} ${paint}${faint}`,
      escape(mark.text));
  }

  private cells(mark: Cells): string {
    const { x, y, w, h, rows, columns, values, digits } = mark;
    const scale = mark.scale ?? Math.max(...values.map(Math.abs), 0);
    const strength = (value: number): number => scale === 0 ? 0 : Math.min(1, Math.abs(value) / scale);
    const place = (i: number): string => {
      const column = i % columns, row = Math.floor(i / columns);
      return `x="${number(x + column * w / columns)}" y="${number(y + row * h / rows)}" ` +
        `width="${number(w / columns)}" height="${number(h / rows)}"`;
    };
    const grey = this.colour("ink");
    let text = `<rect x="${number(x)}" y="${number(y)}" width="${number(w)}" height="${number(h)}" ` +
      `fill="${this.colour("plate")}" stroke="${this.colour("hair")}"/>`;
    values.slice(0, rows * columns).forEach((value, i) => {
      const part = strength(value);
      if (mark.picture === true) {
        if (part > 0) text += `<rect ${place(i)} fill="${grey}" fill-opacity="${number(part)}"/>`;
        return;
      }
      if (part === 0) return;
      const sign = value > 0 ? "positive" : "negative";
      text += `<rect ${place(i)} fill="${this.colour(sign)}" fill-opacity="${number(part * STRONGEST)}"/>`;
      if (value < 0 && Math.min(w / columns, h / rows) >= 6) {
        this.hatches.add("negative");
        text += `<rect ${place(i)} fill="url(#${this.id}-negative)" fill-opacity="${number(0.2 + 0.4 * part)}"/>`;
      }
    });
    if (digits !== undefined) {
      const size = Math.min(14, 0.42 * h / rows, 1.7 * w / columns / (digits + 3));
      values.slice(0, rows * columns).forEach((value, i) => {
        const shown = value.toFixed(digits).replace("-", "−");
        text += this.text({
          kind: "text", text: shown, role: "number", anchor: "middle", size,
          x: x + (i % columns + 0.5) * w / columns, y: y + (Math.floor(i / columns) + 0.5) * h / rows + 0.36 * size,
        });
      });
    }
    return this.close("g", mark, mark.opacity === undefined ? `class="cells"` : `opacity="${number(mark.opacity)}"`,
      text);
  }

  private group(mark: Group): string {
    const { x = 0, y = 0, opacity } = mark;
    const attributes = `transform="translate(${number(x)} ${number(y)})"` +
      (opacity === undefined ? "" : ` opacity="${number(opacity)}"`);
    return this.close("g", mark, attributes, mark.marks.map((inner) => this.mark(inner)).join(""));
  }
}

type Points = readonly (readonly [number, number])[];

const straightPath = (points: Points, closed: boolean): string =>
  `M${points.map(([x, y]) => `${number(x)} ${number(y)}`).join("L")}${closed ? "z" : ""}`;

/** A cubic through the points without new peaks (monotone in x; Steffen 1990). */
export function smoothPath(points: Points): string {
  if (points.length < 3) return straightPath(points, false);
  const step = points.slice(1).map(([x], i) => x - points[i][0]);
  const slope = points.slice(1).map(([, y], i) => step[i] === 0 ? 0 : (y - points[i][1]) / step[i]);
  const tangent = points.map((_, i) => {
    if (i === 0) return slope[0];
    if (i === points.length - 1) return slope[i - 1];
    const [before, after] = [slope[i - 1], slope[i]];
    const mean = (before * step[i] + after * step[i - 1]) / (step[i - 1] + step[i] || 1);
    return (Math.sign(before) + Math.sign(after)) *
      Math.min(Math.abs(before), Math.abs(after), 0.5 * Math.abs(mean));
  });
  const pieces = points.slice(1).map(([x, y], i) => {
    const third = step[i] / 3, [x0, y0] = points[i];
    return `C${number(x0 + third)} ${number(y0 + third * tangent[i])} ` +
      `${number(x - third)} ${number(y - third * tangent[i + 1])} ${number(x)} ${number(y)}`;
  });
  return `M${number(points[0][0])} ${number(points[0][1])}${pieces.join("")}`;
}
