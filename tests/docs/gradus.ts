/** What `import ... from "gradus"` gives in the code blocks of the documents. */
export * from "../../packages/gradus/src/index.ts";
