/** What every figure must hold to, tried out: it runs, its snapshots can be cloned, its invariants are true. */
import type { Figure, Settings, Parameters } from "../figure.ts";
import type { Mark } from "../scene.ts";

const STEPS = 6, WIDTHS = [328, 664, 1080], MOST_PARAMETERS = 4;
/** What the random numbers of first frames come from. */
export const SEED = 7;

/** The settings that a figure starts with. */
export const defaultSettings = (params: Parameters): Settings<Parameters> =>
  Object.fromEntries(Object.entries(params).map(([name, { value }]) => [name, value])) as Settings<Parameters>;

/** Whether it is a figure at all; complains of what is missing in it. */
export function checkShape(figure: Figure, id: string, complain: (message: string) => void): boolean {
  if (typeof figure !== "object" || figure === null || typeof figure.init !== "function") {
    complain("the file must export a figure by default: export default defineFigure({ ... })");
    return false;
  }
  if (figure.id !== id) complain(`the figure calls itself ${figure.id}; its file says ${id}`);
  if (!Array.isArray(figure.invariants) || figure.invariants.length === 0) {
    complain("the figure has no invariants: say what is true of every snapshot");
  }
  if (Object.keys(figure.params).length > MOST_PARAMETERS) {
    complain(`the figure has ${Object.keys(figure.params).length} parameters; more than ${MOST_PARAMETERS} is a room`);
  }
  return true;
}

/** Runs a figure a few steps and holds each snapshot to what it promises. */
export async function tryFigure(figure: Figure, complain: (message: string) => void): Promise<void> {
  const settings = defaultSettings(figure.params);
  let state = await figure.init(settings, SEED);
  for (let step = 0; ; step++) {
    const snapshot = structuredClone(figure.snapshot(state));
    for (const invariant of figure.invariants ?? []) {
      if (!invariant.holds(snapshot)) complain(`at step ${step} this is not true: ${invariant.name}`);
    }
    const said = figure.describe(snapshot);
    if (said.trim() === "") complain(`at step ${step} the figure describes nothing`);
    if (/NaN|undefined|\[object/.test(said)) complain(`at step ${step} it says: ${said}`);
    for (const width of WIDTHS) checkScene(figure, snapshot, width, complain);
    if (figure.step === undefined || figure.done?.(state) === true || step >= STEPS) break;
    state = await figure.step(state, settings);
  }
}

function checkScene(figure: Figure, snapshot: unknown, width: number, complain: (message: string) => void): void {
  const scene = figure.view(snapshot, { width });
  if (scene.width > width) complain(`the picture is ${scene.width} pixels wide where ${width} were given`);
  const visit = (mark: Mark): void => {
    if (mark.kind === "group") return mark.marks.forEach(visit);
    const numbers = Object.entries(mark).flatMap(([name, value]) => typeof value === "number" ? [[name,
      value] as const] : []);
    for (const [name, value] of numbers) if (!Number.isFinite(value)) complain(`a ${mark.kind} has ${name} ${value}`);
    if (mark.handle !== undefined && mark.handle.label.trim() === "") complain(`the handle ${mark.handle.id} ` +
      `has no label`);
  };
  scene.marks.forEach(visit);
}
