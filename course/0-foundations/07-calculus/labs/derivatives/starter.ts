/** The slope of 3x³ − 2x + 5. */
export const polynomial = (x: number): number => 0;

/** The slope of x sin x. */
export const product = (x: number): number => 0;

/** The slope of 1 / (1 + x²). */
export const quotient = (x: number): number => 0;

/** The slope of exp(−x²/2). */
export const bell = (x: number): number => 0;

/** The slope of 1 / (1 + exp(−x)). */
export const sigmoid = (x: number): number => 0;

/** Both partial derivatives of x² y + sin(x y). */
export const partials = (x: number, y: number): number[] => [0, 0];
