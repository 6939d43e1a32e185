export interface Unit { excitatory: number[]; inhibitory: number[]; threshold: number }

/** Whether a unit is on, 1 or 0. */
export function fires({ excitatory, inhibitory, threshold }: Unit, inputs: number[]): number {
  let sum = 0;
  for (const place of inhibitory) if (inputs[place] > 0) sum -= 1000;
  for (const place of excitatory) sum += inputs[place];
  return Number(sum >= threshold);
}

export const majority: Unit = { excitatory: [0, 1, 2], inhibitory: [], threshold: 2 };
export const butNot: Unit = { excitatory: [0, 0], inhibitory: [1], threshold: 2 };
export const neither: Unit = { excitatory: [], inhibitory: [0, 1], threshold: 0 };

/** The units' next answers; each sees the inputs, then all answers of the tick before. */
export function tick(units: Unit[], inputs: number[], state: number[]): number[] {
  const seen = [...inputs, ...state];
  return units.map((unit) => fires(unit, seen));
}

/** A unit that excites itself. Inputs: 0 is set, 1 is stop; 2 is the unit. */
export const memory: Unit[] = [
  { excitatory: [], inhibitory: [], threshold: 5 }, // idle
  { excitatory: [0, 3], inhibitory: [1], threshold: 1 },
];
