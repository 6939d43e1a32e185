import { Figure } from "../../look/figure.tsx";
import { fixed, signOf, whole } from "../../look/number.ts";
import { usePictures } from "./architecture.tsx";
import type { Store } from "./store.ts";
import type { Signs } from "../digits/tile.ts";

/** A gradient as its mark: a triangle up or down, its area the magnitude, and the number. */
export function GradientMark({ value, most }: { value: number; most: number }) {
  const sign = signOf(value, 4), side = 6 + 8 * Math.sqrt(Math.min(1, Math.abs(value) / (most || 1)));
  const h = side / 2;
  return (
    <span class={`number gradient ${sign}`}>
      <svg width={16} height={16} viewBox="-8 -8 16 16" aria-hidden="true">
        {sign === "zero" ? <path class="bar" d="M-5 0h10" />
          : <path class={sign} d={sign === "positive" ? `M${-h} ${h}H${h}L0 ${-h}z` : `M${-h} ${-h}H${h}L0 ${h}z`} />}
      </svg>
      {fixed(value, 4)}
    </span>
  );
}

/** Every tensor the model learns, with what is asked of it. */
export function PartsTable({ store, signs }: { store: Store; signs: Signs }) {
  const anatomy = store.anatomy.value, now = store.snapshot.value;
  const pictures = usePictures(store, signs);
  const parameters = anatomy?.parameters ?? [];
  const most = Math.max(0, ...parameters.map(({ name }) => Math.abs(now?.looks[name]?.largestGradient ?? 0)));
  return (
    <Figure id="parts" which="Every part" title="Weights, and what is asked of them" question="Who is still moving?"
      canvas={
        <div class="tensors" tabIndex={0} role="region" aria-label="Every tensor of the model">
          <table>
            <thead>
              <tr>
                <th scope="col">tensor</th><th scope="col" class="wide">shape</th>
                <th scope="col" class="count">numbers</th><th scope="col" class="wide">weights</th>
                <th scope="col">largest gradient</th>
              </tr>
            </thead>
            <tbody>
              {parameters.map(({ name, shape, count }) => {
                const picture = pictures.ofParameter(name, "weights"), chosen = store.parameter.value === name;
                return (
                  <tr key={name} class={chosen ? "chosen" : ""}>
                    <th scope="row">
                      <button type="button" aria-pressed={chosen} onClick={() => { store.parameter.value = name; }}>
                        {name}
                      </button>
                    </th>
                    <td class="wide">{shape.join(" × ")}</td><td class="count">{whole(count)}</td>
                    <td class="wide">{picture !== "" && <img class="strip-picture" src={picture} alt="" />}</td>
                    <td><GradientMark value={now?.looks[name]?.largestGradient ?? 0} most={most} /></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      }
      caption={<>
        The gradient is that of one held-out example, outside of the training step: its entry of largest magnitude. A
        triangle up says that a larger weight would raise the loss.
      </>}
    />
  );
}
