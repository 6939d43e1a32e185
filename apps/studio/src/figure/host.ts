/** Figures at work: the worker's side, without the worker, so that tests can run it in Node. */
import type { Figure, Settings, Parameters } from "@gradus/lessons";
import type { FromFigures, Shown, ToFigures } from "./protocol.ts";
import { typed, valuesOf } from "./values.ts";

/** Finds a figure's module by "lesson/figure". */
export type FindFigure = (id: string) => Promise<Figure>;

interface Open {
  readonly figure: Figure;
  settings: Settings<Parameters>;
  seed: number;
  width: number;
  state: unknown;
  step: number;
  /** Messages are answered one after the other. */
  last: Promise<void>;
}
/** A step of a run to the end may not take the worker from other figures for longer. */
const SLICE = 24;

export class FigureHost {
  private readonly open = new Map<string, Promise<Open>>();
  private readonly find: FindFigure;
  private readonly say: (message: FromFigures) => void;

  constructor(find: FindFigure, say: (message: FromFigures) => void) {
    this.find = find;
    this.say = say;
  }

  /** Answers a message; resolved when the answer was said. */
  receive(message: ToFigures): Promise<void> {
    const { key } = message;
    const failed = (error: unknown): void => {
      this.say({ key, type: "failed", message: error instanceof Error ? error.message : String(error) });
    };
    if (message.type === "close") {
      this.open.delete(key);
      return Promise.resolve();
    }
    if (message.type === "open") {
      const opening = this.start(message);
      this.open.set(key, opening);
      return opening.then(() => undefined, failed);
    }
    const opening = this.open.get(key);
    if (opening === undefined) return Promise.resolve();
    return opening.then(
      (open) => {
        open.last = open.last.then(() => this.answer(open, message)).catch(failed);
        return open.last;
      },
      () => undefined,
    );
  }

  private async start(message: Extract<ToFigures, { type: "open" }>): Promise<Open> {
    const { key, seed, width, steps } = message;
    const figure = await this.find(message.figure);
    const settings = typed(figure.params, message.texts) as Settings<Parameters>;
    const { title, question, params } = figure;
    this.say({
      key,
      type: "opened",
      values: settings,
      about: {
        title,
        question,
        params,
        steps: figure.step !== undefined,
        table: figure.table !== undefined,
        cell: figure.cell !== undefined,
      },
    });
    const began = performance.now();
    const open: Open = {
      figure,
      settings,
      seed,
      width,
      state: await figure.init(settings, seed),
      step: 0,
      last: Promise.resolve(),
    };
    await this.advance(open, steps);
    this.show(key, open, began);
    return open;
  }

  private async answer(open: Open, message: ToFigures): Promise<void> {
    const { figure } = open,
      began = performance.now();
    switch (message.type) {
      case "set":
        open.settings = valuesOf(figure.params, message.values) as Settings<Parameters>;
        open.seed = message.seed;
        open.state = await figure.init(open.settings, open.seed);
        open.step = 0;
        break;
      case "step":
        await this.advance(open, message.count);
        break;
      case "act":
        if (figure.act !== undefined) open.state = await figure.act(open.state, message.action, open.settings);
        break;
      case "width":
        open.width = message.width;
        break;
      case "cell":
        this.say({ key: message.key, type: "cell", text: figure.cell?.(open.settings, open.seed) ?? "" });
        return;
      case "open":
      case "close":
        return;
    }
    this.show(message.key, open, began);
  }

  private async advance(open: Open, count: number): Promise<void> {
    const { figure } = open;
    let began = performance.now();
    for (let i = 0; i < count && figure.step !== undefined && figure.done?.(open.state) !== true; i++) {
      open.state = await figure.step(open.state, open.settings);
      open.step++;
      if (performance.now() - began < SLICE) continue;
      await new Promise((resume) => {
        setTimeout(resume, 0);
      });
      began = performance.now();
    }
  }

  private show(key: string, open: Open, began: number): void {
    const { figure, state, step, width } = open;
    const snapshot = figure.snapshot(state);
    const shown: Shown = {
      scene: figure.view(snapshot, { width }),
      sentence: figure.describe(snapshot),
      table: figure.table?.(snapshot) ?? null,
      numbers: figure.numbers?.(snapshot) ?? {},
      step,
      done: figure.step === undefined || figure.done?.(state) === true,
      took: performance.now() - began,
    };
    this.say({ key, type: "shown", shown });
  }
}
