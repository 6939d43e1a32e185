/** Texts that the build makes for the sandbox; see sandbox-plugin.js. */
declare module "virtual:sandbox/library" {
  const text: string;
  export default text;
}
declare module "virtual:sandbox/cell" {
  const text: string;
  export default text;
}
declare module "virtual:sandbox/lab" {
  const text: string;
  export default text;
}
declare module "virtual:sandbox/names" {
  const names: readonly import("./sandbox-names.ts").PublicName[];
  export default names;
}
declare module "*.html?raw" {
  const text: string;
  export default text;
}
