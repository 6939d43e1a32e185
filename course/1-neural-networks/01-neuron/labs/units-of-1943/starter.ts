export interface Unit { excitatory: number[]; inhibitory: number[]; threshold: number }

/** Whether a unit is on, 1 or 0. */
export function fires(unit: Unit, inputs: number[]): number {
  return 0;
}

export const majority: Unit = { excitatory: [0, 1, 2], inhibitory: [], threshold: 1 };
export const butNot: Unit = { excitatory: [0], inhibitory: [], threshold: 1 };
export const neither: Unit = { excitatory: [], inhibitory: [], threshold: 1 };

/** The units' next answers; each sees the inputs, then all answers of the tick before. */
export function tick(units: Unit[], inputs: number[], state: number[]): number[] {
  return state;
}

/** Inputs: 0 is set, 1 is stop. Units are seen from place 2 on. */
export const memory: Unit[] = [{ excitatory: [0], inhibitory: [1], threshold: 1 }];
