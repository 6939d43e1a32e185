import { createWasmBackend } from "../../packages/gradus/src/backends/wasm/index.ts";
import { contractSuite } from "./contract.ts";

contractSuite("wasm", createWasmBackend);
