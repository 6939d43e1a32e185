/** All of Gradus that runs in a browser: what `scripts/single-file.js` bundles into one file. */
export * from "./index.ts";
export * as models from "./models/index.ts";
