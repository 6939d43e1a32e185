import { test } from "vitest";
import { findCompiler } from "../../packages/gradus/src/backends/native/compile.ts";
import { createNativeBackend } from "../../packages/gradus/src/backends/native/index.ts";
import { contractSuite } from "./contract.ts";

const missing = await findCompiler().then(() => null, (error: Error) => error.message);
if (missing === null) contractSuite("native", createNativeBackend);
else test.skip(`contract of the native backend: ${missing}`);
