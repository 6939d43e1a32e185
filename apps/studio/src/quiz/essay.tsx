import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Essay as EssayItem } from "@gradus/lessons";
import { Rich, type Format } from "./rich.tsx";

const FEWEST_WORDS = 20;
const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
const inWords = (count: number): string => `${count} ${count === 1 ? "word" : "words"}`;

/** What a page keeps of a draft, where it may keep anything. */
export interface Drafts {
  read(id: string): string;
  write(id: string, text: string): void;
}
interface EssayProps {
  readonly essay: EssayItem;
  readonly format: Format;
  readonly name: string;
  readonly drafts: Drafts;
  readonly marked: (met: number) => void;
}

/** A question to be answered in prose: written first, then compared with one good and two weak answers, self-marked. */
export function Essay({ essay, format, name, drafts, marked }: EssayProps) {
  const text = useSignal(drafts.read(essay.id));
  const submitted = useSignal(false), saved = useSignal<number | null>(null), say = useSignal("");
  const met = useSignal<ReadonlySet<number>>(new Set());
  useEffect(() => {
    const timer = setTimeout(() => drafts.write(essay.id, text.value), 400);
    return () => clearTimeout(timer);
  }, [text.value]);
  const words = wordsIn(text.value);
  const submit = (): void => {
    if (words < FEWEST_WORDS) {
      say.value = `You have ${inWords(words)}; with ${FEWEST_WORDS} there is something to compare.`;
      return;
    }
    say.value = "";
    drafts.write(essay.id, text.value);
    submitted.value = true;
  };
  const toggle = (i: number): void => {
    const next = new Set(met.value);
    if (!next.delete(i)) next.add(i);
    met.value = next;
    saved.value = null;
  };
  return (
    <section class="essay" aria-labelledby={`${name}-prompt`}>
      <h3 id={`${name}-prompt`}>
        <span class="ui">In your own words</span><Rich text={essay.prompt} format={format} />
      </h3>
      <label class="ui" for={`${name}-text`}>Your answer</label>
      <textarea id={`${name}-text`} rows={9} maxLength={20_000} value={text.value}
        aria-describedby={`${name}-count`} onInput={(event) => { text.value = event.currentTarget.value; }} />
      <div class="next ui">
        {!submitted.value && <button type="button" class="button" onClick={submit}>Compare</button>}
        <span id={`${name}-count`}>{inWords(words)}, kept on this machine.</span>
        <span role="status">{say.value}</span>
      </div>
      {submitted.value && (
        <>
          <fieldset class="rubric">
            <legend class="ui">What a good answer contains. Tick what yours does.</legend>
            {essay.rubric.map((point, i) => (
              <label class="option">
                <span class="letter" aria-hidden="true">{i + 1}</span>
                <input type="checkbox" checked={met.value.has(i)} onChange={() => toggle(i)} />
                <Rich text={point} format={format} />
              </label>
            ))}
          </fieldset>
          <div class="answers">
            <article class="strong">
              <h4 class="ui">One good answer</h4>
              <Rich text={essay.model} format={format} as="div" />
            </article>
            {essay.weak.map(({ text: weak, why }, i) => (
              <article>
                <h4 class="ui">A weak answer{essay.weak.length > 1 ? `, ${i + 1} of ${essay.weak.length}` : ""}</h4>
                <Rich text={weak} format={format} as="div" />
                <div class="why">
                  <strong class="ui">What it lacks.</strong>
                  <Rich text={why} format={format} as="div" />
                </div>
              </article>
            ))}
          </div>
          <div class="next ui">
            <button type="button" class="button" onClick={() => {
              saved.value = met.value.size;
              marked(met.value.size);
            }}>Keep this mark</button>
            <button type="button" class="quiet" onClick={() => { submitted.value = false; }}>Write on</button>
            <span role="status">
              {saved.value !== null && `Kept: ${saved.value} of ${essay.rubric.length} points.`}
            </span>
          </div>
        </>
      )}
    </section>
  );
}
