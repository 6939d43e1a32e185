/** What `import ... from "gradus"` gives in the code blocks of the documents. */
export * from "../../packages/gradus/src/index.ts";
export { explain } from "../../packages/gradus/src/explain/explain.ts";
export { formatExplanation } from "../../packages/gradus/src/explain/format.ts";
export { formatSummary, summary } from "../../packages/gradus/src/explain/summary.ts";
