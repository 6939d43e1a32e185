import { trainTenSteps } from "./training.js";

self.postMessage(await trainTenSteps());
