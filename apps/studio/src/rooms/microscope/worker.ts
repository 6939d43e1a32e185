import { inspect, type View } from "./inspect.ts";
import { Unreadable } from "./parse.ts";

export interface ToWorker {
  readonly id: number;
  readonly expression: string;
  readonly inputs: string;
}
export type FromWorker =
  | { readonly id: number; readonly ok: true; readonly view: View }
  | { readonly id: number; readonly ok: false; readonly message: string; readonly at: number | null };

/** The part of a worker's global scope used here. */
interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}
const page = globalThis as unknown as Scope;
page.onmessage = ({ data: { id, expression, inputs } }) => {
  try {
    page.postMessage({ id, ok: true, view: inspect(expression, inputs) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    page.postMessage({ id, ok: false, message, at: error instanceof Unreadable ? error.at : null });
  }
};
