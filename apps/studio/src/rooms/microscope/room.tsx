import { useEffect, useRef } from "preact/hooks";
import { whole } from "../../look/number.ts";
import { useWidth } from "../../look/width.ts";
import { CopyLink } from "../digits/controls.tsx";
import { EXAMPLES } from "./examples.ts";
import type { Band, Row, View } from "./inspect.ts";
import { COLUMNS, type Column, type Store } from "./store.ts";

const TITLES: Readonly<Record<Column, readonly [title: string, question: string]>> = {
  expression: ["Expression", "What was written down?"],
  gradient: ["Gradient", "What does blame cost?"],
  kernels: ["Kernels", "What runs together?"],
  source: ["Source", "What does the machine read?"],
};

export function Room({ store }: { store: Store }) {
  return (
    <div class="room">
      <header class="head">
        <div>
          <h1>Microscope</h1>
          <p>Any expression of tensors: its graph, its gradient, the fused kernels and the code that runs.</p>
        </div>
        <Facts view={store.view.value} />
      </header>
      <Entry store={store} />
      {store.view.value !== null && <Slide store={store} view={store.view.value} />}
    </div>
  );
}

function Facts({ view }: { view: View | null }) {
  const facts: readonly (readonly [string, string | null])[] = [
    ["operations", view === null ? null : whole(view.rows.reduce((sum, { graph }) => sum + graph.length, 0))],
    ["in the gradient", view === null ? null : whole(view.gradientOperations)],
    ["kernels", view === null ? null : whole(view.bands.length)],
    ["bytes in between", view === null ? null : whole(view.scratchBytes)],
  ];
  return (
    <dl class="facts ui">
      {facts.map(([name, value]) => <div><dt>{name}</dt><dd>{value ?? "·"}</dd></div>)}
    </dl>
  );
}

/** The expression line, its inputs, and expressions to begin with. */
function Entry({ store }: { store: Store }) {
  const line = useRef<HTMLInputElement>(null);
  const fault = store.fault.value;
  // The reader's caret goes to where the text could not be read.
  useEffect(() => {
    if (fault?.at == null || document.activeElement !== line.current) return;
    line.current?.setSelectionRange(fault.at, fault.at + 1);
  }, [fault]);
  return (
    <form class="entry" onSubmit={(event) => {
      event.preventDefault();
      store.look();
    }}>
      <label class="expression">
        <span class="ui">Expression</span>
        <input ref={line} type="text" value={store.expression.value} {...CODE}
          aria-invalid={fault !== null} aria-describedby="fault"
          onInput={(event) => { store.expression.value = event.currentTarget.value; }} />
      </label>
      <label class="inputs">
        <span class="ui">with</span>
        <input type="text" value={store.inputs.value} {...CODE}
          onInput={(event) => { store.inputs.value = event.currentTarget.value; }} />
      </label>
      <button type="submit" class="button">Look<i class="key">↵</i></button>
      <p class="fault ui" id="fault" role="status">
        {fault !== null ? <><i aria-hidden="true" /><span>{sentence(fault.message)}</span></>
          : store.busy.value ? "Compiling." : ""}
      </p>
      <nav class="examples ui" aria-label="Examples">
        {EXAMPLES.map((example) => (
          <button type="button"
            aria-pressed={store.expression.value === example.expression && store.inputs.value === example.inputs}
            onClick={() => store.show(example)}>{example.title}</button>
        ))}
        <CopyLink />
      </nav>
    </form>
  );
}
/** How code is typed: nothing is corrected. */
const CODE = { spellcheck: false, autocomplete: "off", autocapitalize: "off", maxLength: 400 } as const;
/** A message as a sentence; one that begins with a function's name keeps it as it is written. */
function sentence(text: string): string {
  const start = /^\w+:/.test(text) ? text : `${text[0].toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/** Four columns over the same rows; on narrow screens one of them at a time. */
function Slide({ store, view }: { store: Store; view: View }) {
  const { ref, width } = useWidth<HTMLElement>(1312);
  const tabs = width.value < 900, column = store.column.value;
  const shown = tabs ? [column] : COLUMNS;
  const choose = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    store.column.value = COLUMNS[(COLUMNS.indexOf(column) + by + COLUMNS.length) % COLUMNS.length];
    document.getElementById(`tab-${store.column.value}`)?.focus();
  };
  const { rows, bands } = view;
  const current = rows[store.selected.value] ?? rows[0];
  return (
    <section class={`slide${tabs ? " tabbed" : ""}`} ref={ref} aria-label="The expression in four forms">
      {tabs ? (
        <div class="tabs ui" role="tablist" aria-label="Forms" onKeyDown={choose}>
          {COLUMNS.map((name) => (
            <button type="button" role="tab" id={`tab-${name}`} aria-selected={name === column} aria-controls="form"
              tabIndex={name === column ? 0 : -1} onClick={() => { store.column.value = name; }}>
              {TITLES[name][0]}
            </button>
          ))}
        </div>
      ) : null}
      <div class="columns" id="form" role={tabs ? "tabpanel" : undefined}
        aria-labelledby={tabs ? `tab-${column}` : undefined}>
        <div class="band heads">
          {shown.map((name) => <div><h2>{TITLES[name][0]}</h2><p>{TITLES[name][1]}</p></div>)}
        </div>
        {bands.map((band, i) => (
          <div class={`band${current.bands.includes(i) ? " marked" : ""}`} key={`${i}-${band.name}`}>
            {shown.map((name) => <Cell name={name} band={band} place={i} store={store} view={view} />)}
          </div>
        ))}
      </div>
      <p class="say ui" role="status">{told(current, view)}</p>
    </section>
  );
}

function told(row: Row, { bands, noGradient }: View): string {
  const where = row.bands.map((band) => `${band + 1} (${bands[band]?.name ?? ""})`).join(" and ");
  const gradient = noGradient !== null ? noGradient
    : row.gradient.length === 0 ? "Its rule passes the gradient on unchanged."
    : `Its gradient takes ${row.gradient.length} ${row.gradient.length === 1 ? "operation" : "operations"}.`;
  return `Selected: ${row.name}, ${row.dtype}[${row.shape.join(", ")}], in kernel ${where}. ${gradient}`;
}

function Cell({ name, band, place, store, view }: {
  name: Column; band: Band; place: number; store: Store; view: View;
}) {
  const { rows } = view, selected = store.selected.value;
  switch (name) {
    case "expression":
      return (
        <div class="cell">
          {place === 0 && view.arguments.map((text) => <p class="given">{text}</p>)}
          {band.rows.map((i) => (
            <button type="button" class={`operation${i === selected ? " selected" : ""}`} aria-pressed={i === selected}
              onClick={() => store.select(i)}>
              <i class="dot" aria-hidden="true" />
              <span><b>{rows[i].name}</b> <small>{rows[i].dtype}[{rows[i].shape.join(", ")}]</small>
                {rows[i].graph.map((line) => <code>{line}</code>)}</span>
            </button>
          ))}
          {band.rows.length === 0 && <p class="given">{roleOf(band, place, view)}</p>}
        </div>
      );
    case "gradient":
      return (
        <div class="cell">
          {view.noGradient !== null && place === 0 && <p class="given">{view.noGradient}</p>}
          {view.noGradient === null && band.rows.map((i) => (
            <button type="button" class={`operation gradient${i === selected ? " selected" : ""}`}
              aria-pressed={i === selected} onClick={() => store.select(i)}>
              <svg class="dot" viewBox="-6 -6 12 12" aria-hidden="true"><path d="M-5 4.5H5L0 -5z" /></svg>
              <span><b>of {rows[i].name}</b>
                {rows[i].gradient.length === 0 ? <small> passes on unchanged</small>
                  : rows[i].gradient.map((line) => <code>{line}</code>)}</span>
            </button>
          ))}
        </div>
      );
    case "kernels":
      return (
        <div class="cell">
          <p class="given">
            <b>{place + 1}. {band.name}</b> {whole(band.units)} {band.units === 1 ? "unit" : "units"} of work
          </p>
          <pre tabIndex={0} aria-label={`Kernel ${place + 1}, ${band.name}`}>{band.ir}</pre>
        </div>
      );
    case "source":
      return (
        <div class="cell">
          <p class="given">
            <b>{view.backend === "wasm" ? "WebAssembly" : view.backend}</b>{" "}
            {whole(band.source.split("\n").length)} lines
          </p>
          <pre tabIndex={0} aria-label={`Source of kernel ${place + 1}`}>{band.source}</pre>
        </div>
      );
  }
}
/** What a kernel does in which no operation begins: it goes on with some, or makes their numbers ready. */
function roleOf(band: Band, place: number, { rows }: View): string {
  const names = rows.filter(({ bands }) => bands.includes(place)).map(({ name }) => name);
  if (names.length > 0) return `The second part of ${names.join(", ")}.`;
  return ["copy", "fill"].includes(band.name) ? "Lays numbers out as the next kernel reads them."
    : "The second part of the operation before.";
}
