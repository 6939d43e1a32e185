// fails: the unit majority should answer 0
export interface Unit { excitatory: number[]; inhibitory: number[]; threshold: number }

/** Whether a unit is on, 1 or 0. */
export function fires({ excitatory, inhibitory, threshold }: Unit, inputs: number[]): number {
  if (inhibitory.some((place) => inputs[place] === 1)) return 0;
  const excited = excitatory.reduce((sum, place) => sum + inputs[place], 0);
  return excited >= threshold ? 1 : 0;
}

export const majority: Unit = { excitatory: [0, 1, 2], inhibitory: [], threshold: 1 };
export const butNot: Unit = { excitatory: [0], inhibitory: [1], threshold: 1 };
export const neither: Unit = { excitatory: [], inhibitory: [0, 1], threshold: 0 };

/** The units' next answers; each sees the inputs, then all answers of the tick before. */
export function tick(units: Unit[], inputs: number[], state: number[]): number[] {
  const seen = [...inputs, ...state];
  return units.map((unit) => fires(unit, seen));
}

/** A unit that excites itself. Inputs: 0 is set, 1 is stop; 2 is the unit. */
export const memory: Unit[] = [{ excitatory: [0, 2], inhibitory: [1], threshold: 1 }];
