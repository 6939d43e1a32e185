// A page that imports one entrance alone: what its functions need must be set up all the same.
import { labelledDataset, loadIris } from "gradus/data";

globalThis.batch = loadIris().then(async (iris) => {
  const [features] = labelledDataset(iris).batch([0, 1]);
  return (await features.mul(2).data()).length;
});
