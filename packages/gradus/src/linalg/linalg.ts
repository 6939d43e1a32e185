/** Linear algebra over the last two axes, and Fourier transforms: the namespace `linalg`. */
export * from "./solve.ts";
export * from "./spectral.ts";
export * from "./functions.ts";
export * from "./fft.ts";
export * from "./convolve.ts";
export * from "./state-space.ts";
