import { useLayoutEffect, useRef } from "preact/hooks";
import { usePalette } from "../../look/use-palette.ts";
import { Figure } from "../../look/figure.tsx";
import { whole } from "../../look/number.ts";
import { confusion } from "./describe.ts";
import type { Store } from "./store.ts";

const SIDE = 8, SHOWN = 30;

export function Mistakes({ store }: { store: Store }) {
  const data = store.data.value, now = store.snapshot.value, wrong = store.wrong.value;
  const before = store.before.value;
  const chosen = before.kind === "digit" ? before.index : -1;
  const browse = (by: number): void => {
    if (wrong.length === 0) return;
    const at = wrong.indexOf(chosen);
    store.show(wrong[at < 0 ? 0 : (at + by + wrong.length) % wrong.length]);
  };
  const ready = data !== null && now !== null;
  return (
    <Figure id="mistakes" which="Figure 4" title="What it still gets wrong" question="Would you have known?"
      canvas={
        <ul class="wrong-ones">
          {ready && wrong.slice(0, SHOWN).map((index) => {
            const label = data.labels[index], named = now.named[index];
            return (
              <li key={index}>
                <button type="button" aria-pressed={index === chosen} onClick={() => store.show(index)}>
                  <Thumbnail counts={data.images.subarray(index * 64, (index + 1) * 64)} />
                  <span class="unseen">Held-out digit {index + 1} is </span><span class="ui">{label}, not {named}</span>
                </button>
              </li>
            );
          })}
        </ul>
      }
      strip={<>
        <button type="button" onClick={() => browse(-1)}>Previous</button>
        <button type="button" onClick={() => browse(1)}>Next</button>
        <p class="say">{!ready ? "Loading the digits." : wrong.length === 0
          ? `All ${whole(data.labels.length)} held-out digits are named rightly.`
          : `${whole(wrong.length)} of ${whole(data.labels.length)} held-out digits are named wrongly` +
            `${wrong.length > SHOWN ? `; the first ${SHOWN} stand here` : ""}.`}</p>
      </>}
      below={ready && <Confusion named={now.named} labels={data.labels} />}
      caption={<>
        Choose one and it stands before the network in figure 2. In the table a row is what a digit is, a column what
        the network named it; the diagonal is right.
      </>}
    />
  );
}

function Confusion({ named, labels }: { named: Uint8Array; labels: Uint8Array }) {
  const counts = confusion(named, labels);
  const digits = Array.from({ length: 10 }, (_, digit) => digit);
  return (
    <table class="confusion">
      <caption class="unseen">Held-out digits by what they are and what they are named</caption>
      <thead>
        <tr><td>is</td>{digits.map((digit) => <th scope="col">{digit}</th>)}</tr>
      </thead>
      <tbody>
        {digits.map((truth) => (
          <tr>
            <th scope="row">{truth}</th>
            {digits.map((name) => {
              const count = counts[truth * 10 + name];
              const kind = count === 0 ? "none" : name === truth ? "right" : "wrong";
              return <td class={kind}>{count === 0 ? "·" : count}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** An image in ink, one pixel of the canvas for each of its own. */
function Thumbnail({ counts }: { counts: Uint8Array }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const { ink } = usePalette();
  useLayoutEffect(() => {
    const canvas = ref.current?.getContext("2d");
    if (canvas == null) return;
    const pixels = new ImageData(SIDE, SIDE);
    counts.forEach((count, i) => pixels.data.set([...ink, Math.round((255 * count) / 16)], 4 * i));
    canvas.putImageData(pixels, 0, 0);
  }, [counts, ink]);
  return <canvas class="thumbnail" ref={ref} width={SIDE} height={SIDE} aria-hidden="true" />;
}
