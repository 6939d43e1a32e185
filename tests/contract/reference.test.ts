import { createReferenceBackend } from "../../packages/gradus/src/backends/reference/index.ts";
import { contractSuite } from "./contract.ts";

contractSuite("reference", createReferenceBackend);
