import { signal } from "@preact/signals";
import { onTheme } from "../shell/theme.ts";
import { readPalette, type Palette } from "./colour.ts";

const palette = signal<Palette | null>(null);

/** The colours a canvas paints with; whoever reads them paints again when the theme changes. */
export function usePalette(): Palette {
  if (palette.value === null) {
    palette.value = readPalette();
    onTheme(() => { palette.value = readPalette(); });
  }
  return palette.value;
}
