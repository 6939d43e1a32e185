/** The strip and the parameters of a figure. */
import type { Parameter } from "@gradus/lessons";
import { useRef } from "preact/hooks";
import { fixed } from "../look/number.ts";
import type { FigureStore } from "./store.ts";
import { decimalsOf, positionOf, readNumber, readSeed, TRAVEL, valueAt, type Value } from "./values.ts";

export function Strip({ store }: { store: FigureStore }) {
  const shown = store.shown.value,
    playing = store.playing.value,
    failure = store.failure.value;
  const steps = store.about.value?.steps === true;
  return (
    <>
      {steps && (
        <>
          <button type="button" class="play" onClick={store.toggle}>
            <svg viewBox="0 0 12 12" aria-hidden="true">
              <path d={playing ? "M1 0h4v12H1zM7 0h4v12H7z" : "M1 0l11 6-11 6z"} />
            </svg>
            <span>{playing ? "Pause" : store.still ? "Run to the end" : "Play"}</span>
          </button>
          <button type="button" class="step" aria-disabled={!store.canStep.value} onClick={store.step}>
            Step
          </button>
        </>
      )}
      <button type="button" class="reset" onClick={store.reset}>
        Reset
      </button>
      <Seed store={store} />
      {failure === null ? (
        <p class="say" aria-live={playing ? "off" : "polite"}>
          {shown?.sentence ?? ""}
        </p>
      ) : (
        <p class="say failure" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}

function Seed({ store }: { store: FigureStore }) {
  const seed = store.seed.value;
  return (
    <label class="seed">
      seed
      <input
        type="text"
        inputMode="numeric"
        maxLength={6}
        value={seed}
        onChange={(event) => {
          const typed = readSeed(event.currentTarget.value);
          event.currentTarget.value = String(typed ?? seed);
          if (typed !== null && typed !== seed) store.reseed(typed);
        }}
      />
    </label>
  );
}

export function ParameterControls({ store }: { store: FigureStore }) {
  const params = Object.entries(store.about.value?.params ?? {}),
    values = store.values.value;
  return (
    <>
      {params.map(([name, parameter]) => (
        <Control
          key={name}
          id={`${store.name}-${name}`}
          parameter={parameter}
          value={values[name] ?? parameter.value}
          change={(value) => store.change(name, value)}
        />
      ))}
    </>
  );
}

interface ControlProps<P extends Parameter, V extends Value> {
  readonly id: string;
  readonly parameter: P;
  readonly value: V;
  readonly change: (value: Value) => void;
}
/** More choices than these, or longer ones, become a list that opens. */
const MOST_SEGMENTS = 4,
  LONGEST_SEGMENTS = 34;

function Control({ id, parameter, value, change }: ControlProps<Parameter, Value>) {
  switch (parameter.kind) {
    case "number":
      return <Slider id={id} parameter={parameter} value={Number(value)} change={change} />;
    case "flag":
      return (
        <label class="flag">
          <input type="checkbox" checked={value === true} onChange={(event) => change(event.currentTarget.checked)} />
          <span>{parameter.label}</span>
        </label>
      );
    case "text":
      return <Typed id={id} parameter={parameter} value={String(value)} change={change} />;
    case "choice": {
      const { choices, label } = parameter;
      if (choices.length > MOST_SEGMENTS || choices.join("").length > LONGEST_SEGMENTS) {
        return (
          <label>
            {label}
            <select value={String(value)} onChange={(event) => change(event.currentTarget.value)}>
              {choices.map((choice) => (
                <option value={choice} selected={choice === value}>
                  {choice}
                </option>
              ))}
            </select>
          </label>
        );
      }
      return (
        <fieldset class="segments">
          <legend>{label}</legend>
          {choices.map((choice) => (
            <label class={choice === value ? "chosen" : ""}>
              <input
                type="radio"
                name={id}
                value={choice}
                checked={choice === value}
                onChange={() => change(choice)}
              />
              <span>{choice}</span>
            </label>
          ))}
        </fieldset>
      );
    }
  }
}

function Slider({ id, parameter, value, change }: ControlProps<Extract<Parameter, { kind: "number" }>, number>) {
  const { label, weight } = parameter;
  const shown = fixed(value, decimalsOf(parameter, value));
  return (
    <div class="number-control">
      <label for={id}>{label}</label>
      <input
        class="typed number"
        type="text"
        inputMode="decimal"
        aria-label={`${label}, typed`}
        value={shown}
        onChange={(event) => {
          const typed = readNumber(event.currentTarget.value);
          if (typed === null) event.currentTarget.value = shown;
          else change(Math.min(parameter.max, Math.max(parameter.min, typed)));
        }}
      />
      <input
        id={id}
        type="range"
        class={weight === true ? "weight" : ""}
        min={0}
        max={TRAVEL}
        step={stride(parameter)}
        value={positionOf(parameter, value)}
        aria-valuetext={shown}
        onInput={(event) => change(valueAt(parameter, Number(event.currentTarget.value)))}
      />
    </div>
  );
}
/** How far one arrow key goes, of the slider's thousand places. */
function stride({ min, max, step, scale }: Extract<Parameter, { kind: "number" }>): number {
  return scale === "log" ? TRAVEL / 100 : Math.max(0.01, (TRAVEL * step) / (max - min));
}

function Typed({ id, parameter, value, change }: ControlProps<Extract<Parameter, { kind: "text" }>, string>) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return (
    <label class="text" for={id}>
      {parameter.label}
      <input
        id={id}
        type="text"
        maxLength={parameter.longest}
        value={value}
        onInput={(event) => {
          const text = event.currentTarget.value;
          clearTimeout(timer.current);
          // A pause in typing, not every letter.
          timer.current = setTimeout(() => change(text), 200);
        }}
      />
    </label>
  );
}
