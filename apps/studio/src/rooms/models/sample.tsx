import { useSignal } from "@preact/signals";
import { Figure } from "../../look/figure.tsx";
import { fixed, whole } from "../../look/number.ts";
import type { Store } from "./store.ts";

const START = "The ", KEEP_GOING = 40, SHOWN = 5;
const shown = (character: string): string => (character === " " ? "␣" : character === "\n" ? "↵" : character);

/** What a language model writes: at some steps of its training by itself, and here with the reader. */
export function Sample({ store }: { store: Store }) {
  const prompt = useSignal(START), temperature = useSignal(0.8);
  const now = store.snapshot.value, next = store.next.value;
  const write = (length: number): void => store.write(next?.text ?? prompt.value, length, temperature.value);
  const text = next?.text ?? prompt.value;
  return (
    <Figure id="sample" which="Sample" title="What it writes" question="When does it begin to spell?"
      canvas={
        <dl class="says">
          {(now?.samples ?? []).slice(-SHOWN).map(({ step, text: said }) => (
            <><dt>step {whole(step)}</dt><dd>{said}</dd></>
          ))}
          <dt>now</dt>
          <dd>{text.slice(0, -1)}<mark>{shown(text.slice(-1))}</mark></dd>
        </dl>
      }
      strip={<>
        <button type="button" onClick={() => write(1)}>Next character</button>
        <button type="button" onClick={() => write(KEEP_GOING)}>Keep going</button>
        <button type="button" onClick={() => { store.next.value = null; }}>Start over</button>
        <label class="seed">from <input type="text" value={prompt.value} maxLength={60} onInput={(event) => {
          prompt.value = event.currentTarget.value || START;
          store.next.value = null;
        }} /></label>
      </>}
      below={
        <table class="odds">
          <caption class="unseen">Likeliest next characters</caption>
          <tbody>
            {(next?.odds ?? []).map(([character, share]) => (
              <tr>
                <th scope="row">{shown(character)}</th>
                <td class="bar"><i style={{ width: `${100 * share}%` }} /></td><td class="value">{fixed(share, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
      parameters={
        <label>
          temperature<output>{fixed(temperature.value, 2)}</output>
          <input type="range" min={0.1} max={2} step={0.05} value={temperature.value}
            onInput={(event) => { temperature.value = Number(event.currentTarget.value); }}
            onChange={() => { if (next !== null) write(0); }} />
        </label>
      }
      caption={<>
        Each press draws one of the likely characters by its odds. Colder, and it says the likeliest thing; hotter, and
        it forgets how words end. The model sees the last 32 characters.
      </>}
    />
  );
}
