/** What authors of lessons write against. */
export * from "./scene.ts";
export * from "./figure.ts";
export * from "./lab.ts";
export * from "./quiz.ts";
