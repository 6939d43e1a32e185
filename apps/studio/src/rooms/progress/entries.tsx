import { useSignal } from "@preact/signals";
import { whole } from "../../look/number.ts";
import type { Entry } from "../../progress/event.ts";
import { inWords, moment } from "./words.ts";

const PAGE = 50;

/** The log itself, the newest first. */
export function Entries({ entries }: { entries: readonly Entry[] }) {
  const shown = useSignal(PAGE);
  const newest = [...entries].reverse();
  return (
    <section class="log" aria-labelledby="log-title">
      <h2 id="log-title">The log</h2>
      <div class="scroller" tabIndex={0} role="region" aria-label="The log, newest first">
        <table class="values">
          <caption>
            {entries.length === 0 ? "The log is empty."
              : `${whole(entries.length)} entries, newest first. Entries are added and never changed.`}
          </caption>
          <thead hidden={entries.length === 0}>
            <tr><th scope="col">when</th><th scope="col">where</th><th scope="col">what</th></tr>
          </thead>
          <tbody>
            {newest.slice(0, shown.value).map((entry) => {
              const { what, where } = inWords(entry);
              return (
                <tr key={entry.id}>
                  <td><time dateTime={new Date(entry.at).toISOString()}>{moment(entry.at)}</time></td>
                  <td>{where}</td><td>{what}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {shown.value < entries.length && (
        <div class="actions ui">
          <button type="button" onClick={() => { shown.value += 10 * PAGE; }}>
            {whole(Math.min(10 * PAGE, entries.length - shown.value))} older ones
          </button>
        </div>
      )}
    </section>
  );
}
