import { useSignal } from "@preact/signals";
import { whole, fixed } from "../../look/number.ts";
import type { Signs } from "../digits/tile.ts";
import { Architecture } from "./architecture.tsx";
import { Inspector } from "./inspector.tsx";
import { Sample } from "./sample.tsx";
import { alongTheLine } from "./score.ts";
import { firstPreset } from "./settings.ts";
import type { Store } from "./store.ts";
import { PartsTable } from "./table.tsx";
import { Training } from "./training.tsx";

export function Room({ store }: { store: Store }) {
  const signs = useSignal<Signs>("both");
  const row = store.row.value;
  return (
    <div class="room">
      <Zoo store={store} />
      <header class="head">
        <div><h1>{row.title}</h1><p>{row.description}</p></div>
        <Facts store={store} />
      </header>
      <Architecture store={store} signs={signs} />
      <div class="two">
        <Training store={store} />
        {store.anatomy.value?.task === "language" && <Sample store={store} />}
        <PartsTable store={store} signs={signs.value} />
        <Inspector store={store} signs={signs} />
      </div>
    </div>
  );
}

function Zoo({ store }: { store: Store }) {
  const { model } = store.settings.value;
  return (
    <nav class="zoo ui" aria-label="Models">
      {store.zoo.map((row) => {
        if (firstPreset(row) === null) {
          const count = whole(Object.values(row.parameters)[0]);
          return <span title={`${count} parameters: too large for a page`}>{row.title}</span>;
        }
        return (
          <a href={`?model=${row.name}`} aria-current={row.name === model ? "page" : undefined} onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            if (row.name !== model) store.choose(row.name);
          }}>{row.title}</a>
        );
      })}
    </nav>
  );
}

function Facts({ store }: { store: Store }) {
  const anatomy = store.anatomy.value, now = store.snapshot.value;
  const facts: readonly (readonly [name: string, value: string | null])[] = [
    ["parameters", anatomy === null ? null : whole(anatomy.root.parameters)],
    ["layers", anatomy === null ? null : whole(alongTheLine(anatomy.root).length)],
    [anatomy?.example === "window" ? `FLOPs for ${anatomy.root.input[1]} characters` : "FLOPs for one example",
      anatomy === null ? null : short(2 * anatomy.root.multiplyAdds)],
    ["held in memory", now === null ? null : `${fixed(now.bytes / 1e6, 1)} MB`],
  ];
  return (
    <dl class="facts ui">
      {facts.map(([name, value]) => <div><dt>{name}</dt><dd>{value ?? "·"}</dd></div>)}
    </dl>
  );
}
/** Large counts in millions: two operations for every multiply-add of a contraction. */
const short = (count: number): string => (count < 1e6 ? whole(count) : `${fixed(count / 1e6, 1)} million`);
