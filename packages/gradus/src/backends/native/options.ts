export interface NativeOptions {
  /** Threads that share a program, the calling one included; by default the processors, at most 8. */
  readonly threads?: number;
  /** Folder for compiled code; by default `$GRADUS_CACHE/native` or `gradus/native` in the user's cache folder. */
  readonly cache?: string;
}
