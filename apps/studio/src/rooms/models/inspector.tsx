import { useSignal } from "@preact/signals";
import { Figure } from "../../look/figure.tsx";
import { fixed, signOf, whole } from "../../look/number.ts";
import { multiplyAdds, parseGraph, primitives } from "../../graph/parse.ts";
import { inWords } from "../../graph/words.ts";
import { usePictures } from "./architecture.tsx";
import { nextSigns, type Signs } from "../digits/tile.ts";
import type { Store } from "./store.ts";
import { GradientMark } from "./table.tsx";
import { fullScale, matrixOf } from "./thumbnail.ts";

/** One tensor large: its weights or gradients, a cell read out by pointer or arrow keys, and its numbers. */
export function Inspector({ store, signs }: { store: Store; signs: { value: Signs } }) {
  const at = useSignal(0);
  const anatomy = store.anatomy.value, now = store.snapshot.value;
  const parameter = anatomy?.parameters.find(({ name }) => name === store.parameter.value);
  const pictures = usePictures(store, signs.value);
  const look = parameter === undefined ? undefined : now?.looks[parameter.name];
  if (anatomy === null || parameter === undefined || look === undefined) {
    return <Figure id="inspector" which="Inspector" title="One tensor" question="What does it hold?" canvas={null} />;
  }
  const gradients = store.view.value === "gradients";
  const numbers = gradients ? look.gradients : look.weights;
  const [rows, columns] = matrixOf(parameter.shape);
  const cell = Math.min(at.value, numbers.values.length - 1), value = numbers.values[cell];
  const row = Math.floor(cell / numbers.columns), column = cell % numbers.columns;
  const part = store.parts.value.find(({ path }) => path === parameter.part);
  const graph = part === undefined ? null : parseGraph(part.graph);
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: numbers.columns, ArrowUp: -numbers.columns }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    if (cell + by >= 0 && cell + by < numbers.values.length) at.value = cell + by;
  };
  const actual = (place: number, shown: number, all: number): string => whole(Math.floor((place * all) / shown) + 1);
  const sign = signOf(value, 4);
  return (
    <Figure id="inspector" which="Inspector" title={parameter.name}
      question={gradients ? "What is asked of it?" : "What does it hold?"}
      canvas={
        <div class="inspected">
          <div>
            <div class="big plate" role="application" tabIndex={0} onKeyDown={move} aria-describedby="inspected-cell"
              aria-label={`${parameter.name}; arrow keys read one number out`}
              style={{ aspectRatio: `${numbers.columns} / ${Math.max(numbers.rows, numbers.columns / 6)}` }}
              onPointerMove={(event) => {
                const box = event.currentTarget.getBoundingClientRect();
                const x = Math.floor(((event.clientX - box.left) / box.width) * numbers.columns);
                const y = Math.floor(((event.clientY - box.top) / box.height) * numbers.rows);
                if (x >= 0 && y >= 0 && x < numbers.columns && y < numbers.rows) at.value = y * numbers.columns + x;
              }}>
              <img src={pictures.ofParameter(parameter.name)} alt="" />
              <i class="cursor" style={{
                left: `${(100 * column) / numbers.columns}%`, top: `${(100 * row) / numbers.rows}%`,
                width: `${100 / numbers.columns}%`, height: `${100 / numbers.rows}%`,
              }} />
            </div>
            <p class="under ui" id="inspected-cell" aria-live="polite">
              <span>row {actual(row, numbers.rows, rows)}, column {actual(column, numbers.columns, columns)}</span>{" "}
              {gradients ? <GradientMark value={value} most={fullScale(numbers.values)} />
                : <span class={`number ${sign}`}><b class={`glyph ${sign}`} />{fixed(value, 4)}</span>}
            </p>
          </div>
          <table class="pairs">
            <caption class="unseen">{parameter.name} in numbers</caption>
            <tbody>
              <tr><th scope="row">shape</th><td>[{parameter.shape.join(", ")}]</td></tr>
              <tr><th scope="row">numbers</th><td>{whole(parameter.count)}</td></tr>
              <tr><th scope="row">root mean square</th><td>{fixed(look.size, 4)}</td></tr>
              <tr><th scope="row">full colour is</th><td>{fixed(fullScale(numbers.values), gradients ? 5 : 3)}</td></tr>
              <tr><th scope="row">largest gradient</th>
                <td><GradientMark value={look.largestGradient} most={Math.abs(look.largestGradient)} /></td></tr>
              {graph !== null && <tr><th scope="row">multiply-adds</th><td>{whole(multiplyAdds(graph))}</td></tr>}
            </tbody>
          </table>
        </div>
      }
      strip={<>
        <button type="button" onClick={() => { signs.value = nextSigns(signs.value); }}>Sign: {signs.value}</button>
        <button type="button" onClick={() => { store.view.value = gradients ? "weights" : "gradients"; }}>
          {gradients ? "Weights" : "Gradients"}
        </button>
        {part !== undefined && graph !== null && (
          <p class="say">
            {part.path === "" ? part.kind : `${part.path}, a ${part.kind}`}: {inWords(primitives(graph))}
          </p>
        )}
      </>}
      caption={numbers.values.length < parameter.count
        ? <>{whole(numbers.rows)} of {whole(rows)} rows and {whole(numbers.columns)} of {whole(columns)} columns are
          shown, evenly chosen.</>
        : <>Every number is shown.</>}
    />
  );
}
