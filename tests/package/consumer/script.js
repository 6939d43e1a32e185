// A plain script in Node: trains, looks into every entrance of the package, and ends by itself.
import { loadIris } from "gradus/data";
import { createModel, MODELS } from "gradus/models";
import { readTable } from "gradus/node";
import { trainTenSteps } from "./training.js";

const iris = await loadIris();
console.log(JSON.stringify({
  ...await trainTenSteps(), rows: iris.size, models: Object.keys(MODELS).length,
  entrances: [typeof createModel, typeof readTable],
}));
