/** A colour as red, green and blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** The colours a canvas needs, as the tokens have them now. */
export interface Palette {
  readonly plate: Rgb;
  readonly ink: Rgb;
  readonly negative: Rgb;
  readonly positive: Rgb;
}

/** Between two colours; share 0 is the first, 1 the second. */
export const mix = (from: Rgb, to: Rgb, share: number): Rgb =>
  [0, 1, 2].map((i) => Math.round(from[i] + (to[i] - from[i]) * share)) as unknown as Rgb;
export const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

/** Reads the tokens: a browser resolves `light-dark()` only in a property that takes a colour. */
export function readPalette(): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const read = (token: string): Rgb => {
    probe.style.color = `var(--${token})`;
    const parts = getComputedStyle(probe).color.match(/\d+(\.\d+)?/g) ?? [];
    return [Number(parts[0]), Number(parts[1]), Number(parts[2])];
  };
  const palette = { plate: read("plate"), ink: read("ink"), negative: read("negative"), positive: read("positive") };
  probe.remove();
  return palette;
}
