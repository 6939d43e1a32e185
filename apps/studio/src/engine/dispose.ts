import type { Module, Tensor } from "gradus";

interface Keeper {
  readonly groups: readonly {
    readonly slots: ReadonlyMap<Tensor, { readonly values: Readonly<Record<string, Tensor>> }>;
  }[];
}

/** Frees a model's parameters and buffers, and what its optimizer keeps. */
export function disposeTraining(model: Module, optimizer: Keeper): void {
  for (const state of [...model.parameters(), ...model.buffers()]) state.dispose();
  for (const group of optimizer.groups) {
    for (const { values } of group.slots.values()) for (const value of Object.values(values)) value.dispose();
  }
}
