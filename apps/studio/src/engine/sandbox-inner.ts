/** What both programs of the sandbox's worker use of it. */
export const inner = globalThis as unknown as {
  postMessage(message: unknown): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
};

/** Imports a module from its text. */
export async function load(code: string): Promise<Readonly<Record<string, unknown>>> {
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return await import(/* @vite-ignore */ address) as Readonly<Record<string, unknown>>;
  } finally {
    URL.revokeObjectURL(address);
  }
}
