#!/usr/bin/env node
// The command's code is built from src/ by `npm run build`; this file is as it is, so that npm always finds it.
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (!existsSync(main)) {
  process.stderr.write("gradus: it was not built yet; run npm run build --workspace gradus in the repository first\n");
  process.exit(1);
}
await import("../dist/exec/setup.js");
await import("../dist/tensor/tensor.js");
const { main: run } = await import(main.href);
/** The first Ctrl-C asks to stop, the second ends the process. */
const onInterrupt = (callback) => {
  process.once("SIGINT", callback);
  process.once("SIGTERM", callback);
  return () => {
    process.off("SIGINT", callback);
    process.off("SIGTERM", callback);
  };
};
// A reader that closed the pipe (head) is no fault of ours.
process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await run(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, onInterrupt });
