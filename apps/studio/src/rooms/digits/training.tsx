import { useRef } from "preact/hooks";
import { Figure } from "../../look/figure.tsx";
import { fixed, percent, whole } from "../../look/number.ts";
import { saveSvg } from "../../look/save.ts";
import { useWidth } from "../../look/width.ts";
import { Announcer, CopyLink, Parameters, PlayButton, Seed } from "./controls.tsx";
import { Curves, CurvesTable } from "./curves.tsx";
import { describe, describeGap, GUESSING_LOSS, latest } from "./describe.ts";
import type { Store } from "./store.ts";

const BACKENDS: Readonly<Record<string, string>> = { wasm: "WebAssembly", reference: "the reference backend" };

export function Training({ store }: { store: Store }) {
  const { ref, width } = useWidth<HTMLDivElement>(640);
  const drawing = useRef<SVGSVGElement>(null);
  const now = store.snapshot.value, before = store.previous.value;
  const save = (): void => {
    if (drawing.current !== null) saveSvg(drawing.current, "gradus-digits");
  };
  return (
    <Figure id="training" which="Figure 1" title="Training" question="What would guessing cost?"
      canvas={
        <div class="drawing" ref={ref}>
          {now !== null && <Curves snapshot={now} previous={before} width={width.value} drawing={drawing} />}
        </div>
      }
      strip={<>
        <PlayButton store={store} />
        <button type="button" onClick={store.step}>Step</button>
        <button type="button" onClick={store.reset}>Reset</button>
        <Seed store={store} />
        <Sentence store={store} />
        <Announcer store={store} />
      </>}
      parameters={<Parameters store={store} />}
      caption={<Caption store={store} />}
      twin={() => now !== null && <CurvesTable snapshot={now} />}
      actions={<>
        <CopyLink />
        <button type="button" onClick={save}>Save SVG</button>
      </>}
    />
  );
}

function Sentence({ store }: { store: Store }) {
  const now = store.snapshot.value, failure = store.failure.value;
  if (failure !== null) return <p class="say" role="alert">The run stopped: {failure}. Reset starts it again.</p>;
  return <p class="say">{now === null ? "Loading the digits." : describe(now)}</p>;
}

function Caption({ store }: { store: Store }) {
  const now = store.snapshot.value, before = store.previous.value, data = store.data.value;
  if (now === null || data === null) return null;
  const { trainLoss, heldOutLoss } = latest(now);
  return (
    <>
      Solid: the {whole(data.trained)} digits it learns from. Dotted: {whole(data.labels.length)} it never sees. It
      pays <b>{fixed(trainLoss)}</b> and <b>{fixed(heldOutLoss)}</b> nats a digit; guessing evenly among ten
      costs {fixed(GUESSING_LOSS)}. {describeGap(now)}
      {before !== null &&
        ` Grey: the held-out digits of the run before, which got to ${percent(latest(before).heldOutAccuracy)}.`}
      {now.stepTime !== null &&
        ` A step takes ${fixed(now.stepTime, 2)} ms here, on ${BACKENDS[now.backend] ?? now.backend}.`}
    </>
  );
}
