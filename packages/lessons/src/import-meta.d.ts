/** What Vite makes of a pattern: modules by path, loaded when asked for or at once. */
interface ImportMeta {
  glob<M>(
    patterns: string | readonly string[],
    options: { readonly eager: true; readonly import?: string; readonly query?: string },
  ): Readonly<Record<string, M>>;
  glob<M>(patterns: string | readonly string[]): Readonly<Record<string, () => Promise<M>>>;
}
