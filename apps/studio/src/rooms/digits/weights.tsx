import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Palette } from "../../look/colour.ts";
import { Figure } from "../../look/figure.tsx";
import { fixed, signOf, whole } from "../../look/number.ts";
import { usePalette } from "../../look/use-palette.ts";
import { describeUnit } from "./describe.ts";
import type { Store } from "./store.ts";
import { cellOf, nextSigns, paintTile, scaleOf, SIDE, type Signs } from "./tile.ts";

const CELL = 7, PIXELS = SIDE * SIDE;

const HEADING = {
  id: "weights", which: "Figure 3", title: "What the hidden units look for", question: "Which strokes does it want?",
};

export function Weights({ store }: { store: Store }) {
  const signs = useSignal<Signs>("both");
  const now = store.snapshot.value;
  const palette = usePalette();
  if (now === null) return <Figure {...HEADING} canvas={null} />;
  const { hidden } = now.settings;
  const scale = scaleOf(now.weights);
  const unit = Math.min(store.unit.value, hidden - 1);
  const choose = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    store.unit.value = (unit + by + hidden) % hidden;
    const list = event.currentTarget as HTMLElement;
    list.querySelectorAll<HTMLElement>("[role=radio]")[store.unit.value]?.focus();
  };
  const weightsOf = (i: number): Float32Array => now.weights.subarray(i * PIXELS, (i + 1) * PIXELS);
  return (
    <Figure {...HEADING}
      canvas={
        <div class="tiles" role="radiogroup" aria-label="Hidden units" onKeyDown={choose}>
          {Array.from({ length: hidden }, (_, i) => (
            <button type="button" role="radio" aria-checked={i === unit} aria-label={`Unit ${i + 1}`}
              tabIndex={i === unit ? 0 : -1} key={i} onClick={() => { store.unit.value = i; }}>
              <Tile weights={weightsOf(i)} scale={scale} signs={signs.value} palette={palette} />
            </button>
          ))}
        </div>
      }
      strip={<>
        <button type="button" onClick={() => { signs.value = nextSigns(signs.value); }}>Sign: {signs.value}</button>
        <p class="say">{describeUnit(now, unit)}</p>
      </>}
      below={
        <div class="unit">
          <Cells weights={weightsOf(unit)} scale={scale} signs={signs.value} unit={unit} />
          <Votes votes={now.votes} hidden={hidden} unit={unit} />
        </div>
      }
      caption={<>
        Every picture is one hidden unit: 64 weights, one for each pixel. <b class="glyph positive" />blue, solid:
        ink there excites the unit. <b class="glyph negative" />orange, open: ink there quiets it. Full colour
        is <b>{fixed(scale)}</b> for all {whole(hidden)} units.
      </>}
      twin={() => (
        <table class="values">
          <caption>Weights of unit {unit + 1}, by pixel row and column</caption>
          <tbody>
            {Array.from({ length: SIDE }, (_, row) => (
              <tr>
                <th scope="row">row {row + 1}</th>
                {Array.from(weightsOf(unit).subarray(row * SIDE, (row + 1) * SIDE), (w) => <td>{fixed(w)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    />
  );
}

function Tile({ weights, scale, signs, palette }: {
  weights: Float32Array; scale: number; signs: Signs; palette: Palette;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  const fine = Math.max(1, Math.round(devicePixelRatio));
  useLayoutEffect(() => {
    const canvas = ref.current?.getContext("2d");
    if (canvas != null) paintTile(canvas, weights, CELL * fine, scale, signs, palette);
  });
  return <canvas ref={ref} width={CELL * SIDE * fine} height={CELL * SIDE * fine} aria-hidden="true" />;
}

/** One unit large enough to hatch; hover or arrow keys read out one cell. */
function Cells({ weights, scale, signs, unit }: { weights: Float32Array; scale: number; signs: Signs; unit: number }) {
  const at = useSignal(3 * SIDE + 3);
  const move = (event: KeyboardEvent): void => {
    const column = at.value % SIDE;
    const by = {
      ArrowRight: column < SIDE - 1 ? 1 : 0, ArrowLeft: column > 0 ? -1 : 0, ArrowDown: SIDE, ArrowUp: -SIDE,
    }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    if (at.value + by >= 0 && at.value + by < PIXELS) at.value += by;
  };
  const weight = weights[at.value];
  const sign = signOf(weight);
  const where = `row ${Math.floor(at.value / SIDE) + 1}, column ${(at.value % SIDE) + 1}`;
  return (
    <div class="cells">
      <div class="grid plate" role="application" tabIndex={0} aria-describedby="cell" onKeyDown={move}
        aria-label={`Weights of unit ${unit + 1}; arrow keys read one out`}>
        {Array.from(weights, (value, i) => {
          const cell = cellOf(value, scale, signs);
          return <i key={i} class={`${cell.sign}${i === at.value ? " chosen" : ""}`} style={{ "--v": cell.share }}
            onPointerEnter={() => { at.value = i; }} />;
        })}
      </div>
      <p class="under ui" id="cell" aria-live="polite">
        <span>{where}</span> <span class={`number ${sign}`}><b class={`glyph ${sign}`} />{fixed(weight)}</span>
      </p>
    </div>
  );
}

/** What the unit adds to the score of each digit when it is excited. */
function Votes({ votes, hidden, unit }: { votes: Float32Array; hidden: number; unit: number }) {
  return (
    <table class="votes">
      <caption>What it adds to each digit</caption>
      <tbody>
        {Array.from({ length: 5 }, (_, row) => (
          <tr>
            {[row, row + 5].map((digit) => {
              const vote = votes[digit * hidden + unit], sign = signOf(vote, 2);
              return (
                <>
                  <th scope="row">{digit}</th>
                  <td class={`number ${sign}`}><b class={`glyph ${sign}`} />{fixed(vote, 2)}</td>
                </>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
