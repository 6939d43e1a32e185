/** Pictures side by side where there is room, one below the other where there is not. */

export interface Panel { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
export interface PanelOptions {
  /** Shares of the width; one panel each. */
  readonly shares: readonly number[];
  /** Heights when they stand side by side (the same for all), and when stacked. */
  readonly height: number;
  readonly heights: readonly number[];
  readonly gap?: number; readonly edge?: number;
  /** Below this width they are stacked. */
  readonly narrow?: number;
}

/** Where each panel lies, whether they are stacked, and how high the whole is. */
export function panels(width: number, options: PanelOptions): { stacked: boolean; height: number;
at: readonly Panel[] } {
  const { shares, height, heights, gap = 28, edge = 14, narrow = 560 } = options;
  if (width < narrow) {
    let y = 0;
    const at = heights.map((h) => {
      const panel = { x: edge, y, w: width - 2 * edge, h };
      y += h + gap;
      return panel;
    });
    return { stacked: true, height: y - gap, at };
  }
  const free = width - 2 * edge - gap * (shares.length - 1), total = shares.reduce((a, b) => a + b, 0);
  let x = edge;
  const at = shares.map((share) => {
    const panel = { x, y: 0, w: free * share / total, h: height };
    x += panel.w + gap;
    return panel;
  });
  return { stacked: false, height, at };
}
