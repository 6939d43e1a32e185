import type { Ref } from "preact";
import type { Measurement, Snapshot } from "../../engine/protocol.ts";
import { fixed, percent, whole } from "../../look/number.ts";
import { linePath, linear, roundUp, spread, type Scale } from "../../look/plot.ts";
import { describe, GUESSING_LOSS, latest } from "./describe.ts";

interface Panel {
  readonly title: string;
  readonly top: number;
  readonly height: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly tick: (value: number) => string;
  readonly train: (m: Measurement) => number;
  readonly heldOut: (m: Measurement) => number;
  readonly write: (value: number) => string;
  readonly guessing: number;
  readonly guess: string;
}

const LABEL_GAP = 19, LOSS_TOP = 2.5;

/** Loss above accuracy over one axis of steps, with the run before this one behind them. */
export function Curves({ snapshot, previous, width, drawing }: {
  snapshot: Snapshot; previous: Snapshot | null; width: number; drawing: Ref<SVGSVGElement>;
}) {
  const narrow = width < 520;
  const left = narrow ? 30 : 44, right = narrow ? 76 : 128;
  const lossHeight = narrow ? 150 : 190, accuracyHeight = narrow ? 110 : 130;
  const lastStep = Math.max(snapshot.step, previous?.step ?? 0, 1);
  const end = Math.max(50, roundUp(lastStep));
  const x = linear(0, end, left, width - right);
  const panels: readonly Panel[] = [
    {
      title: "loss, nats", top: 34, height: lossHeight, high: LOSS_TOP, ticks: [0, 1, 2], tick: whole,
      train: (m) => m.trainLoss, heldOut: (m) => m.heldOutLoss, write: (v) => fixed(v),
      guessing: GUESSING_LOSS, guess: `guessing ${fixed(GUESSING_LOSS)}`,
    },
    {
      title: "named rightly", top: 34 + lossHeight + 46, height: accuracyHeight, high: 1, ticks: [0, 0.5, 1],
      tick: (v) => (narrow ? whole(100 * v) : `${whole(100 * v)} %`),
      train: (m) => m.trainAccuracy, heldOut: (m) => m.heldOutAccuracy, write: percent,
      guessing: 0.1, guess: "guessing 10.0 %",
    },
  ];
  const bottom = panels[1].top + panels[1].height;
  const now = x(snapshot.step);
  const steps = [0, end / 2, end];
  return (
    <svg ref={drawing} class="curves" viewBox={`0 0 ${width} ${bottom + 34}`} width={width} height={bottom + 34}
      role="img" aria-label={`Loss and accuracy by step. ${describe(snapshot)}`}>
      {panels.map((panel) => (
        <PanelView panel={panel} x={x} width={width} right={right} narrow={narrow} snapshot={snapshot}
          previous={previous} />
      ))}
      <path class="now-line" d={`M${now} ${panels[0].top}V${bottom}`} />
      {steps.map((step) => (Math.abs(x(step) - now) > (narrow ? 40 : 62)
        ? <text class="tick" x={x(step)} y={bottom + 22} text-anchor="middle">{whole(step)}</text>
        : null))}
      <text class="strong" x={now} y={bottom + 22} text-anchor={now < left + 30 ? "start" : "middle"}
        dx={now < left + 30 ? -6 : 0}>step {whole(snapshot.step)}</text>
    </svg>
  );
}

function PanelView({ panel, x, width, right, narrow, snapshot, previous }: {
  panel: Panel; x: Scale; width: number; right: number; narrow: boolean; snapshot: Snapshot; previous: Snapshot | null;
}) {
  const { top, height, high, train, heldOut } = panel;
  const y = linear(0, high, top + height, top);
  const line = (run: Snapshot, value: (m: Measurement) => number): string =>
    linePath(run.history.map((m) => [x(m.step), y(value(m))]));
  const now = latest(snapshot);
  const values = [heldOut(now), train(now)];
  const finite = values.every(Number.isFinite);
  const wanted = values.map((v) => (Number.isFinite(v) ? y(v) : top) + 5);
  const places = spread(wanted, narrow ? 34 : LABEL_GAP, top + 5, top + height + 2);
  const [start, end] = [x(0), width - right];
  const labelAt = Math.min(x(snapshot.step) + 14, width - right + 14);
  const guessAt = y(panel.guessing);
  // The label of the guess stands at the end of its line, or left of the present step where that would cut it.
  const guessEnd = x(snapshot.step) > end - (narrow ? 100 : 130) ? x(snapshot.step) - 9 : end;
  return (
    <g>
      <text class="title" x={0} y={top - 14}>{panel.title}</text>
      {panel.ticks.map((tick) => (
        <>
          <path class="hair" d={`M${start} ${y(tick)}H${end}`} />
          <text class="tick" x={start - 8} y={y(tick) + 4.5} text-anchor="end">{panel.tick(tick)}</text>
        </>
      ))}
      <path class="guess" d={`M${start} ${guessAt}H${end}`} />
      <text class="tick halo" x={guessEnd} y={guessAt - 6} text-anchor="end">{panel.guess}</text>
      {previous !== null && <path class="before" d={line(previous, heldOut)} />}
      <path class="held-out" d={line(snapshot, heldOut)} />
      <path class="training" d={line(snapshot, train)} />
      {finite && <circle class="now" cx={x(snapshot.step)} cy={y(values[1])} r={5.5} />}
      {["held out", "training"].map((name, i) => (
        <text class={i === 1 ? "strong halo" : "label halo"} x={labelAt} y={places[i]}>
          {narrow
            ? <><tspan>{name}</tspan><tspan x={labelAt} dy={15}>{panel.write(values[i])}</tspan></>
            : `${name} ${panel.write(values[i])}`}
        </text>
      ))}
    </g>
  );
}

/** The curves as a table: at most thirty rows, evenly chosen, the last step always among them. */
export function CurvesTable({ snapshot }: { snapshot: Snapshot }) {
  const { history } = snapshot;
  const every = Math.ceil(history.length / 30);
  const rows = history.filter((_, i) => (history.length - 1 - i) % every === 0);
  return (
    <table class="values">
      <caption>Loss in nats and share of digits named rightly, by step</caption>
      <thead>
        <tr>
          <th scope="col">step</th><th scope="col">training loss</th><th scope="col">held-out loss</th>
          <th scope="col">training named</th><th scope="col">held-out named</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((m) => (
          <tr key={m.step}>
            <th scope="row">{whole(m.step)}</th><td>{fixed(m.trainLoss)}</td><td>{fixed(m.heldOutLoss)}</td>
            <td>{percent(m.trainAccuracy)}</td><td>{percent(m.heldOutAccuracy)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
