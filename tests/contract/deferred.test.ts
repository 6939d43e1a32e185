import { createDeferredBackend } from "../../packages/gradus/src/backends/deferred/index.ts";
import { contractSuite } from "./contract.ts";

contractSuite("deferred", createDeferredBackend);
