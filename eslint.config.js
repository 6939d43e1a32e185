// @ts-check
import { join } from "node:path";
import js from "@eslint/js";
import tseslint from "typescript-eslint";
import { LAYERS } from "./tools/layers.js";
import { layers } from "./tools/eslint-layers.js";

const LIBRARY = "packages/gradus/src";
const TYPED = [`${LIBRARY}/**/*.ts`, "packages/lessons/src/**/*.ts", "course/**/*.ts", "apps/*/src/**/*.{ts,tsx}",
  "tests/**/*.ts", "vitest.config.ts"];
/** What a lab begins with, and wrong answers to it: as careless as learners may be. */
const UNFINISHED = ["**/labs/*/starter.ts", "**/labs/*/wrong/*.ts"];

/** Files that are longer than a file should be, with the reason. */
const LONG_FILES = [
  // Generated: the data sets and the model that ship with the library.
  `${LIBRARY}/data/embedded/*.ts`,
  `${LIBRARY}/pretrained/*.data.ts`,
];
/** What page and Node have in common, and what either has alone. */
const names = (/** @type {string} */ text) =>
  Object.fromEntries(text.split(" ").map((name) => [name, /** @type {const} */ ("readonly")]));
const EVERYWHERE = names("console performance URL WebAssembly TextEncoder TextDecoder setTimeout clearTimeout " +
  "structuredClone fetch Blob AbortController queueMicrotask crypto setInterval clearInterval");
const NODE = names("process Buffer global setImmediate");
const PAGE = names("document window localStorage matchMedia getComputedStyle navigator location Event KeyboardEvent " +
  "requestAnimationFrame HTMLElement Worker self customElements innerWidth innerHeight scrollTo crossOriginIsolated");
/** A leading underscore says that a parameter is there for its place; a rest leaves out what is named before it. */
const UNUSED = { argsIgnorePattern: "^_", caughtErrors: "none", ignoreRestSiblings: true };

export default tseslint.config(
  { ignores: ["**/dist/", "**/node_modules/", "out/", "runs/", "coverage/", ".cache/", ...UNFINISHED] },
  // A rule that does not fit a line is changed here, for all, or the line is.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    rules: {
      // x == null asks for null and undefined alike.
      "eqeqeq": ["error", "always", { null: "ignore" }],
      "no-var": "error",
      "prefer-const": "error",
      "no-unused-vars": ["error", UNUSED],
      "max-lines": ["error", { max: 800 }],
      "max-len": ["error", { code: 120, ignoreUrls: true }],
      // NUL is a character that no path may hold, and looking for it is no mistake.
      "no-control-regex": "off",
    },
  },
  { files: ["**/*.{js,mjs}"], languageOptions: { globals: { ...EVERYWHERE, ...NODE } } },
  // Scripts of the page, and functions that a test runs inside of it.
  {
    files: ["apps/studio/public/*.js", "tests/**/*.{js,mjs}"],
    languageOptions: { globals: { ...EVERYWHERE, ...NODE, ...PAGE } },
  },
  {
    files: TYPED,
    extends: [tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: ["tsconfig.node.json", "tsconfig.dom.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "no-unused-vars": "off",
      "@typescript-eslint/no-unused-vars": ["error", UNUSED],
      "@typescript-eslint/no-explicit-any": "error",
      // An interface that takes over another's members, and the methods that a class gets elsewhere.
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/no-unnecessary-type-assertion": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/prefer-promise-reject-errors": "error",
    },
  },
  {
    files: [`${LIBRARY}/**/*.ts`],
    ignores: ["**/*.test.ts", "**/*.fixture.ts"],
    plugins: { local: { rules: { layers } } },
    rules: { "local/layers": ["error", { root: join(import.meta.dirname, LIBRARY), table: LAYERS }] },
  },
  { files: LONG_FILES, rules: { "max-lines": "off", "max-len": "off" } },
);
