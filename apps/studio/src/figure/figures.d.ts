/** The course's figures and labs, provided by the build. */
declare module "virtual:course/figures" {
  const figures: Readonly<Record<string, () => Promise<{ readonly default: import("@gradus/lessons").Figure }>>>;
  export default figures;
}
declare module "virtual:course/labs" {
  const labs: Readonly<Record<string, () => Promise<{ readonly default: import("../lab/lab.ts").LabSource }>>>;
  export default labs;
}
