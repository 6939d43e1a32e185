import { useSignal } from "@preact/signals";
import type { TargetedPointerEvent } from "preact";
import { Figure } from "../../look/figure.tsx";
import { fixed } from "../../look/number.ts";
import { article, describeReading, ranked } from "./describe.ts";
import { describePen, extend, PEN_AT_REST, pressKey, type Pen, type Place } from "./pad.ts";
import type { Store } from "./store.ts";

const SIDE = 8;

export function Drawing({ store }: { store: Store }) {
  const { before, reading, truth, data } = store;
  const pen = useSignal<Pen>(PEN_AT_REST);
  /** Whether the keyboard holds the pen. */
  const keyed = useSignal(false);
  const strokes = before.value.kind === "strokes" ? before.value.strokes : [];
  const another = (): void => {
    if (data.value !== null) store.show(Math.floor(Math.random() * data.value.labels.length));
  };
  const says = describeReading(reading.value, truth.value);
  return (
    <Figure id="drawing" which="Figure 2" title="Your own digit" question="Does it read your hand?"
      canvas={
        <div class="hand">
          <div>
            <Pad store={store} pen={pen} keyed={keyed} />
            <p class="under ui">{keyed.value ? "Arrows move, space draws" : truth.value === null ? "Draw one digit here"
              : `A held-out digit, ${article(truth.value)} ${truth.value}`}</p>
          </div>
          <Counts counts={reading.value.counts} />
        </div>
      }
      strip={<>
        <button type="button" onClick={() => store.draw(strokes.slice(0, -1))}>Undo</button>
        <button type="button" onClick={() => { pen.value = PEN_AT_REST; store.draw([]); }}>Clear</button>
        <button type="button" onClick={another}>A held-out digit</button>
        <p class="say">{says}</p>
      </>}
      below={<Probabilities store={store} />}
      caption={<>
        Your strokes are straightened, fitted into 32 × 32 pixels and counted in blocks of 4 × 4, as the makers of
        the data did with theirs. The 64 counts, 0 to 16, are all the network sees.
      </>}
    />
  );
}

/** The surface to draw on, with a pointer or with the keyboard. */
function Pad({ store, pen, keyed }: { store: Store; pen: { value: Pen }; keyed: { value: boolean } }) {
  const before = store.before.value;
  const strokes = before.kind === "strokes" ? before.strokes : [];
  const placeOf = (event: TargetedPointerEvent<HTMLDivElement>): Place => {
    const box = event.currentTarget.getBoundingClientRect();
    const inside = (value: number): number => Math.min(1, Math.max(0, value));
    return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
  };
  const down = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    if (event.button !== 0) return;
    keyed.value = false;
    event.currentTarget.setPointerCapture(event.pointerId);
    store.draw([...strokes, [placeOf(event)]]);
  };
  const move = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) store.draw(extend(strokes, placeOf(event)));
  };
  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const drawn = pressKey(event.key, { strokes, pen: pen.value });
    if (drawn === null) return;
    event.preventDefault();
    keyed.value = true;
    pen.value = drawn.pen;
    if (drawn.strokes !== strokes) store.draw(drawn.strokes);
  };
  const [x, y] = pen.value.place;
  return (
    <>
      <div class="pad plate" role="application" tabIndex={0} aria-roledescription="drawing pad"
        aria-label="Draw one digit" aria-describedby="pad-keys"
        onPointerDown={down} onPointerMove={move} onKeyDown={key}
        onFocus={(event) => { keyed.value = event.currentTarget.matches(":focus-visible"); }}
        onBlur={() => { keyed.value = false; }}>
        <svg viewBox="0 0 100 100" aria-hidden="true">
          {Array.from({ length: SIDE - 1 }, (_, i) => {
            const at = ((i + 1) * 100) / SIDE;
            return <path class="hair" d={`M${at} 0V100M0 ${at}H100`} />;
          })}
          {before.kind === "digit"
            ? <Image counts={store.data.value!.images.subarray(before.index * 64, (before.index + 1) * 64)} />
            : strokes.map((stroke) => (
              <polyline class="stroke" points={(stroke.length === 1 ? [stroke[0], stroke[0]] : stroke)
                .map(([px, py]) => `${(px * 100).toFixed(1)},${(py * 100).toFixed(1)}`).join(" ")} />
            ))}
          {keyed.value && <circle class={pen.value.down ? "pen down" : "pen"} cx={x * 100} cy={y * 100} r={3} />}
        </svg>
      </div>
      <p class="unseen" id="pad-keys">
        Arrow keys move the pen, space lowers and lifts it, backspace takes a stroke back, delete clears.
      </p>
      <span class="unseen" aria-live="polite">{keyed.value ? describePen(pen.value) : ""}</span>
    </>
  );
}

/** An image of the data set, each count as a square of ink. */
function Image({ counts }: { counts: Uint8Array }) {
  const cell = 100 / SIDE;
  return (
    <>
      {Array.from(counts, (count, i) => (count === 0 ? null : (
        <rect class="ink" x={(i % SIDE) * cell} y={Math.floor(i / SIDE) * cell} width={cell} height={cell}
          opacity={count / 16} />
      )))}
    </>
  );
}

/** What the network sees: 64 counts. */
function Counts({ counts }: { counts: Uint8Array }) {
  return (
    <table class="counts plate">
      <caption>What the network sees</caption>
      <tbody>
        {Array.from({ length: SIDE }, (_, row) => (
          <tr>
            {Array.from(counts.subarray(row * SIDE, (row + 1) * SIDE), (count) => (
              <td style={{ "--v": count / 16 }} class={count === 0 ? "zero" : undefined}>{count}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Probabilities({ store }: { store: Store }) {
  const { probabilities } = store.reading.value;
  const truth = store.truth.value;
  const first = probabilities === null ? -1 : ranked(probabilities)[0];
  return (
    <table class="bars" id="probabilities">
      <caption class="unseen">Probability of each digit</caption>
      <tbody>
        {Array.from({ length: 10 }, (_, digit) => {
          const p = probabilities?.[digit];
          return (
            <tr class={digit === first ? "first" : undefined}>
              <th scope="row">{digit}</th>
              <td class="bar" aria-hidden="true"><i style={{ width: `${100 * (p ?? 0)}%` }} /></td>
              <td class="value">{p === undefined ? "·" : fixed(p)}</td>
              <td class="verdict"><Verdict digit={digit} first={first} truth={truth} /></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** What a row means where the truth is known: named rightly, named wrongly, or the digit it really is. */
function Verdict({ digit, first, truth }: { digit: number; first: number; truth: number | null }) {
  if (truth === null) return null;
  if (digit === first) {
    return digit === truth
      ? <span class="right"><i aria-hidden="true">✓</i> right</span>
      : <span class="wrong"><i aria-hidden="true">✕</i> wrong</span>;
  }
  return digit === truth ? <>is this</> : null;
}
