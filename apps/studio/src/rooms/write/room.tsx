import { Figure } from "../../look/figure.tsx";
import { fixed, whole } from "../../look/number.ts";
import { CopyLink } from "../digits/controls.tsx";
import type { Choice } from "./protocol.ts";
import { BEGINNINGS, KEEP_GOING, type Store } from "./store.ts";

/** Spaces and line ends as marks, where they would not be seen. */
const visible = (text: string): string => text.replaceAll(" ", "␣").replaceAll("\n", "↵");
const percent = (share: number): string => `${fixed(100 * share, share < 0.0995 ? 1 : 0)} %`;

export function Room({ store }: { store: Store }) {
  const facts = store.facts.value, last = store.written.value.at(-1);
  const list: readonly (readonly [string, string | null])[] = [
    ["parameters", facts === null ? null : whole(facts.parameters)],
    ["characters read", facts === null ? null : whole(facts.learnt)],
    ["nats a character", facts === null ? null : fixed(facts.natsPerCharacter, 2)],
    ["ms a token", last === undefined ? null : fixed(last.milliseconds, 0)],
  ];
  return (
    <div class="room">
      <header class="head">
        <div>
          <h1>Write</h1>
          <p>A small model that has read this course goes on from your words, one token at a time.</p>
        </div>
        <dl class="facts ui">
          {list.map(([name, value]) => <div><dt>{name}</dt><dd>{value ?? "·"}</dd></div>)}
        </dl>
      </header>
      <Paper store={store} />
    </div>
  );
}

function Paper({ store }: { store: Store }) {
  const { written, writing, failure, facts } = store;
  const ready = facts.value !== null;
  return (
    <Figure id="text" which="Text" title="What it writes" question="How sure was it of each word?"
      canvas={
        <p class="paper plate" aria-label="The text">
          <span class="given">{store.prompt.value}</span>
          {written.value.map(({ text, share, candidates }, i) => (
            <>
              <button type="button" class="token" style={{ "--share": String(Math.sqrt(share)) }}
                aria-pressed={store.shown.value?.candidates === candidates}
                aria-label={`${visible(text)}, ${percent(share)}`} onClick={() => store.look(i)}
                onMouseEnter={() => store.look(i)}>{text.replaceAll("\n", "↵")}</button>
              {text.includes("\n") && <br />}
            </>
          ))}
          {writing.value && <i class="caret" aria-hidden="true" />}
        </p>
      }
      strip={<>
        <button type="button" disabled={!ready || writing.value} onClick={() => store.write(1)}>Next token</button>
        {writing.value
          ? <button type="button" onClick={store.stop}>Stop</button>
          : <button type="button" disabled={!ready} onClick={() => store.write(KEEP_GOING)}>Keep going</button>}
        <button type="button" onClick={store.startOver}>Start over</button>
        <p class="say" role="status">
          {failure.value ?? (!ready ? "Loading the model, 1.4 MB." : said(store))}
        </p>
      </>}
      below={<Odds store={store} />}
      parameters={<Controls store={store} />}
      caption={<>
        The darker the line below a word, the surer the model was. Each press draws from what the controls leave, and
        the same seed draws the same. The model knows the words of this course and the shape of its sentences, and
        nothing of what they mean: do not believe it.
      </>}
      actions={<CopyLink />}
    />
  );
}
function said(store: Store): string {
  const shown = store.shown.value;
  if (shown === null) return "Nothing is written yet.";
  const among = shown.open === 1 ? "the only one left" : `drawn among ${whole(shown.open)}`;
  return `“${visible(shown.text)}” had ${percent(shown.share)}, ${among}.`;
}

/** The likeliest tokens of a place: the bar of the model, and inside it what the controls made of it. */
function Odds({ store }: { store: Store }) {
  const shown = store.shown.value;
  if (shown === null) return <p class="odds ui">Once a token is drawn, what else might have come stands here.</p>;
  return (
    <table class="odds">
      <caption class="unseen">What might have come</caption>
      <thead class="unseen"><tr><th scope="col">token</th><th scope="col">share</th><th scope="col">by the model</th>
        <th scope="col">after the controls</th></tr></thead>
      <tbody>
        {shown.candidates.map(({ text, share, kept }) => (
          <tr class={kept === 0 ? "cut" : text === shown.text ? "came" : ""}>
            <th scope="row">{visible(text)}</th>
            <td class="bar">
              <i style={{ width: `${100 * share}%` }} /><i class="kept" style={{ width: `${100 * kept}%` }} />
            </td>
            <td class="value">{percent(share)}</td><td class="value">{kept === 0 ? "cut" : percent(kept)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface SliderProps {
  readonly store: Store;
  readonly name: keyof Choice;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}
function Slider({ store, name, label, min, max, step }: SliderProps) {
  const value = store.choice.value[name];
  return (
    <label>
      {label}<output>{step >= 1 ? whole(value) : fixed(value, 2)}</output>
      <input type="range" min={min} max={max} step={step} value={value}
        onInput={(event) => store.set(name, Number(event.currentTarget.value))} />
    </label>
  );
}
function Controls({ store }: { store: Store }) {
  return (
    <>
      <Slider store={store} name="temperature" label="temperature" min={0} max={2} step={0.05} />
      <Slider store={store} name="topK" label="top k" min={1} max={200} step={1} />
      <Slider store={store} name="topP" label="top p" min={0.05} max={1} step={0.05} />
      <Slider store={store} name="repetitionPenalty" label="repetition penalty" min={1} max={2} step={0.05} />
      <label class="from">
        from <input type="text" value={store.prompt.value} maxLength={200}
          onChange={(event) => store.begin(event.currentTarget.value)} />
      </label>
      <label class="seed">
        seed <input type="number" min={0} max={9999} value={store.seed.value}
          onChange={(event) => store.reseed(Math.max(0, Math.trunc(event.currentTarget.valueAsNumber) || 0))} />
      </label>
      <nav class="beginnings ui" aria-label="Beginnings">
        {BEGINNINGS.map((text) => (
          <button type="button" aria-pressed={store.prompt.value === text} onClick={() => store.begin(text)}>
            {text} …
          </button>
        ))}
      </nav>
    </>
  );
}
