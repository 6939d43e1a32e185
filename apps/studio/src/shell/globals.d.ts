/** Folders of the studio that hold a page; filled in by the build. */
declare const __STUDIO_ROOMS__: readonly string[];

/** Whether this is a build, which can be kept for use offline, and not a server for development. */
declare const __STUDIO_BUILT__: boolean;
