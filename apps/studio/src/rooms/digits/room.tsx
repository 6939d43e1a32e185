import { whole } from "../../look/number.ts";
import { Drawing } from "./drawing.tsx";
import { Mistakes } from "./mistakes.tsx";
import type { Store } from "./store.ts";
import { Training } from "./training.tsx";
import { Weights } from "./weights.tsx";

export function Room({ store }: { store: Store }) {
  return (
    <div class="room">
      <header class="head">
        <div>
          <h1>Handwritten digits</h1>
          <p>
            A small network learns to read, here in this page. Stop it anywhere, look at its weights, and draw for it.
          </p>
        </div>
        <Facts store={store} />
      </header>
      <div class="two">
        <Training store={store} />
        <Drawing store={store} />
        <Weights store={store} />
        <Mistakes store={store} />
      </div>
    </div>
  );
}

function Facts({ store }: { store: Store }) {
  const data = store.data.value, now = store.snapshot.value;
  const facts: readonly (readonly [name: string, value: number | undefined])[] = [
    ["digits", data?.total], ["held out", data?.labels.length],
    ["hidden units", now?.settings.hidden], ["parameters", now?.parameters],
  ];
  return (
    <dl class="facts ui">
      {facts.map(([name, value]) => <div><dt>{name}</dt><dd>{value === undefined ? "·" : whole(value)}</dd></div>)}
    </dl>
  );
}
