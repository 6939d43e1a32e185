import { useRef } from "preact/hooks";
import { Figure } from "../../look/figure.tsx";
import { fixed, whole } from "../../look/number.ts";
import { linear, linePath, roundUp, spread } from "../../look/plot.ts";
import { saveSvg } from "../../look/save.ts";
import { useWidth } from "../../look/width.ts";
import { CopyLink, PlayButton, Seed } from "../digits/controls.tsx";
import type { Snapshot } from "./protocol.ts";
import { BATCHES, fits, RATES } from "./settings.ts";
import type { Store } from "./store.ts";
import { TextChooser } from "./text.tsx";

const BACKENDS: Readonly<Record<string, string>> = { wasm: "WebAssembly", reference: "the reference backend" };
const unitOf = (store: Store): string => (store.row.value.task === "language" ? "character" : "digit");

export function Training({ store }: { store: Store }) {
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const drawing = useRef<SVGSVGElement>(null);
  const now = store.snapshot.value, anatomy = store.anatomy.value;
  if (anatomy?.task === "none") {
    return (
      <Figure id="training" which="Training" title="Loss" question="What would guessing cost?" canvas={null}
        caption={<>
          No data in the studio fits what this model takes, so it is shown as it is built: with random weights.
        </>} />
    );
  }
  return (
    <Figure id="training" which="Training" title={`Loss, in nats per ${unitOf(store)}`}
      question="What would guessing cost?"
      canvas={
        <div class="loss" ref={ref}>
          {now !== null && anatomy !== null &&
            <Loss snapshot={now} guessing={anatomy.guessing} width={width.value} drawing={drawing} />}
        </div>
      }
      strip={<Controls store={store} />}
      parameters={<Sliders store={store} />}
      caption={<Caption store={store} />}
      twin={() => now !== null && <LossTable snapshot={now} />}
      actions={<>
        {store.row.value.task === "language" && <TextChooser store={store} />}
        <CopyLink />
        <button type="button" onClick={() => {
          if (drawing.current !== null) saveSvg(drawing.current, `gradus-loss-${store.settings.value.model}`);
        }}>Save SVG</button>
      </>}
    />
  );
}

function Controls({ store }: { store: Store }) {
  return (
    <>
      <PlayButton store={store} />
      <button type="button" onClick={store.step}>Step</button>
      <button type="button" onClick={store.reset}>Reset</button>
      <Seed store={store} />
      <p class="say" role="status">{sentenceOf(store)}</p>
    </>
  );
}
function sentenceOf(store: Store): string {
  const failure = store.failure.value, now = store.snapshot.value;
  if (failure !== null) return `It stopped: ${failure}. Reset starts it again.`;
  if (now === null) return "Building the model.";
  if (now.step === 0) {
    return store.playing.value ? "Compiling the first step." : "Nothing has been learned. Press play or step.";
  }
  const pace = now.stepTime === null ? ""
    : ` ${fixed(now.stepTime, 1)} ms a step, ${BACKENDS[now.backend] ?? now.backend}.`;
  return `Step ${whole(now.step)}.${pace}${now.playing ? "" : " Paused."}`;
}

interface ChoiceProps {
  readonly label: string;
  readonly choices: readonly number[];
  readonly value: number;
  readonly change: (value: number) => void;
}
function Choice({ label, choices, value, change }: ChoiceProps) {
  return (
    <label>
      {label}<output>{value}</output>
      <input type="range" min={0} max={choices.length - 1} step={1} value={choices.indexOf(value)}
        aria-valuetext={String(value)} onInput={(event) => change(choices[Number(event.currentTarget.value)])} />
    </label>
  );
}
function Sliders({ store }: { store: Store }) {
  const { rate, batch, preset } = store.settings.value, row = store.row.value;
  return (
    <>
      <Choice label="learning rate" choices={RATES} value={rate} change={(value) => store.change({ rate: value })} />
      <Choice label="batch" choices={BATCHES} value={batch} change={(value) => store.change({ batch: value })} />
      <label>
        size
        <select value={preset} onChange={(event) => {
          const chosen = event.currentTarget.value;
          event.currentTarget.value = preset;
          if (fits(row, chosen)) store.change({ preset: chosen });
        }}>
          {Object.entries(row.parameters).map(([name, count]) => (
            <option value={name} selected={name === preset}>
              {fits(row, name) ? name : `${name}: ${whole(count)}, too large for a page`}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function Caption({ store }: { store: Store }) {
  const now = store.snapshot.value, anatomy = store.anatomy.value;
  const last = now?.history.at(-1);
  if (now === null || anatomy === null || last === undefined) return null;
  const unit = unitOf(store);
  return (
    <>
      At step {whole(last.step)} the model pays <b>{fixed(last.train)}</b> nats for a training {unit}{" "}
      and <b>{fixed(last.heldOut)}</b> for one it has not seen. Guessing evenly would
      cost {fixed(anatomy.guessing)}. {store.text.value === null ? "Data" : store.text.value.name}: {anatomy.data}.
    </>
  );
}

/** Training and held-out loss over steps. */
function Loss({ snapshot, guessing, width, drawing }: {
  snapshot: Snapshot; guessing: number; width: number; drawing: { current: SVGSVGElement | null };
}) {
  const narrow = width < 520, left = 40, right = narrow ? 84 : 138, top = 22, bottom = 268;
  const { history, step } = snapshot;
  const high = Math.ceil(Math.max(guessing, ...history.flatMap(({ train, heldOut }) => [train, heldOut])
    .filter(Number.isFinite)) + 0.2);
  const end = Math.max(20, roundUp(Math.max(1, step)));
  const x = linear(0, end, left, width - right), y = linear(0, high, bottom, top);
  const last = history.at(-1) ?? { step: 0, train: NaN, heldOut: NaN };
  const wanted = [y(last.heldOut), y(last.train)].map((place) => (Number.isFinite(place) ? place + 5 : top));
  const places = spread(wanted, narrow ? 34 : 19, top + 6, bottom);
  // The label of the guess stands at the end of its line, or left of the present step where that would cut it.
  const guessEnd = x(last.step) > width - right - 130 && x(last.step) > left + 150 ? x(last.step) - 9 : width - right;
  const at = x(last.step), values = [fixed(last.heldOut), fixed(last.train)];
  const ticks = Array.from({ length: high + 1 }, (_, i) => i).filter((tick) => high <= 6 || tick % 2 === 0);
  return (
    <svg ref={drawing} width={width} height={300} viewBox={`0 0 ${width} 300`} role="img"
      aria-label={`Loss by step: at step ${last.step} ${values[1]} in training, ${values[0]} held out`}>
      {ticks.map((tick) => (
        <>
          <path class="hair" d={`M${left} ${y(tick)}H${width - right}`} />
          <text class="tick" x={left - 9} y={y(tick) + 5} text-anchor="end">{tick}</text>
        </>
      ))}
      <path class="guess" d={`M${left} ${y(guessing)}H${width - right}`} />
      <text class="tick halo" x={guessEnd} y={y(guessing) - 7} text-anchor="end">guessing {fixed(guessing)}</text>
      <path class="held-out" d={linePath(history.map((m) => [x(m.step), y(m.heldOut)]))} />
      <path class="training" d={linePath(history.map((m) => [x(m.step), y(m.train)]))} />
      <path class="now-line" d={`M${at} ${top}V${bottom}`} />
      {Number.isFinite(last.train) && <circle class="now" cx={at} cy={y(last.train)} r={5.5} />}
      {["held out", "training"].map((name, i) => (
        <text class={i === 1 ? "strong halo" : "halo"} x={at + 13} y={places[i]}>
          {narrow ? <><tspan>{name}</tspan><tspan x={at + 13} dy={15}>{values[i]}</tspan></>
            : `${name} ${values[i]}`}
        </text>
      ))}
      <text class="strong" x={at} y={bottom + 21} text-anchor={at < left + 30 ? "start" : "middle"}>
        step {whole(last.step)}
      </text>
      {Math.abs(x(end) - at) > 70 && (
        <text class="tick" x={x(end)} y={bottom + 21} text-anchor="end">{whole(end)}</text>
      )}
    </svg>
  );
}
function LossTable({ snapshot: { history } }: { snapshot: Snapshot }) {
  const every = Math.ceil(history.length / 30);
  return (
    <table class="values">
      <caption>Loss in nats, by step</caption>
      <thead><tr><th scope="col">step</th><th scope="col">training</th><th scope="col">held out</th></tr></thead>
      <tbody>
        {history.filter((_, i) => (history.length - 1 - i) % every === 0).map((m) => (
          <tr key={m.step}>
            <th scope="row">{whole(m.step)}</th><td>{fixed(m.train)}</td><td>{fixed(m.heldOut)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
