// @ts-check
/**
 * Writes docs/parity.md: runs every fixture of layers, functions and optimizers against PyTorch's numbers and notes the
 * largest difference of each. The comparison is tests/docs/parity.ts; the test beside it keeps the page current.
 *
 *     node tools/parity.js
 */
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const { status } = spawnSync(process.execPath,
  [join(root, "node_modules/vitest/vitest.mjs"), "run", "tests/docs/parity.test.ts"],
  { cwd: root, stdio: "inherit", env: { ...process.env, GRADUS_WRITE_DOCS: "1" } });
process.exitCode = status ?? 1;
