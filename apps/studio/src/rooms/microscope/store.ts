import { signal } from "@preact/signals";
import { EXAMPLES } from "./examples.ts";
import type { View } from "./inspect.ts";
import { LONGEST } from "./parse.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

export const COLUMNS = ["expression", "gradient", "kernels", "source"] as const;
export type Column = typeof COLUMNS[number];

export interface Lens {
  send(message: ToWorker): void;
  close(): void;
}
export type Start = (receive: (message: FromWorker) => void) => Lens;

/** An expression that takes longer than this is stopped. */
const LIMIT = 10_000;

/** The state of the room: two texts, what was made of them, and the operation that is looked at. */
export function createStore(address: string, start: Start) {
  const query = new URLSearchParams(address);
  const asked = (name: string, otherwise: string): string => (query.get(name) ?? otherwise).slice(0, LONGEST);
  const expression = signal(asked("x", EXAMPLES[0].expression)), inputs = signal(asked("with", EXAMPLES[0].inputs));
  const view = signal<View | null>(null);
  const fault = signal<{ readonly message: string; readonly at: number | null } | null>(null);
  const selected = signal(Math.max(0, Number(query.get("at") ?? 0) || 0));
  const column = signal<Column>("expression");
  const busy = signal(false);

  let lens: Lens | null = null, asking = 0, timer: ReturnType<typeof setTimeout> | undefined;
  function receive(message: FromWorker): void {
    if (message.id !== asking) return;
    clearTimeout(timer);
    busy.value = false;
    if (message.ok) {
      view.value = message.view;
      fault.value = null;
      selected.value = Math.min(selected.peek(), message.view.rows.length - 1);
    } else {
      fault.value = message;
    }
  }
  function stop(): void {
    lens?.close();
    lens = null;
    busy.value = false;
    fault.value = { message: `Stopped after ${LIMIT / 1000} s: smaller shapes show the same.`, at: null };
  }
  function look(): void {
    lens ??= start(receive);
    busy.value = true;
    clearTimeout(timer);
    timer = setTimeout(stop, LIMIT);
    lens.send({ id: ++asking, expression: expression.peek(), inputs: inputs.peek() });
    remember();
  }
  const remember = (): void => {
    const state = new URLSearchParams({ x: expression.peek(), with: inputs.peek(), at: String(selected.peek()) });
    history.replaceState(null, "", `?${state}${location.hash}`);
  };
  return {
    expression, inputs, view, fault, selected, column, busy, look,
    show(next: { readonly expression: string; readonly inputs: string }): void {
      expression.value = next.expression;
      inputs.value = next.inputs;
      selected.value = 0;
      look();
    },
    select(row: number): void {
      selected.value = row;
      remember();
    },
  };
}
export type Store = ReturnType<typeof createStore>;
