/** What authors of lessons write against. */
export * from "./scene.ts";
export * from "./figure.ts";
export * from "./lab.ts";
export * from "./quiz.ts";
export * from "./quiz-grade.ts";
export type * from "./manifest.ts";
export { printSvg, smoothPath, type SvgOptions } from "./svg.ts";
