/** Folders of the studio that hold a page; filled in by the build. */
declare const __STUDIO_ROOMS__: readonly string[];

declare module "virtual:course/manifest" {
  const manifest: import("@gradus/lessons").Manifest;
  export default manifest;
}
