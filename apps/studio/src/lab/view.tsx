/** The lab part of a lesson: task and editor left, checks right, what differs and the ladder below. */
import { Code } from "../cell/code.tsx";
import { Grids } from "./difference.tsx";
import { Ladder } from "./ladder.tsx";
import { attemptText } from "./memory.ts";
import type { LabStore } from "./store.ts";

export function Lab({ store, shown }: { store: LabStore; shown: HTMLElement | null }) {
  const { lab, code } = store,
    report = store.report.value,
    running = store.running.value;
  const checks = report?.checks ?? [];
  const passing = report === null ? null : checks.filter(({ verdict }) => verdict === "passed").length;
  const difference = checks.find((check) => check.difference !== null)?.difference ?? null;
  const title = `${store.id.replaceAll("/", "-")}-lab-title`;
  return (
    <section class="lab" aria-labelledby={title}>
      <header class="ui">
        <b>Lab {lab.number}</b>
        <span>{running ? "checking" : attemptText(store.attempts.value, passing, checks.length)}</span>
        <span>about {lab.meta.minutes} minutes</span>
        {store.passed.value && (
          <span class="passed-once">
            <i aria-hidden="true">✓</i> passed
          </span>
        )}
      </header>
      <div class="bench">
        <div class="work">
          <h3 id={title}>{lab.meta.title}</h3>
          <div class="task" dangerouslySetInnerHTML={{ __html: lab.task }} />
          <Code
            shown={shown}
            label="Your code"
            text={code.value}
            version={store.version.value}
            line={store.line.value}
            change={store.change}
            run={() => void store.check()}
          />
          <div class="strip ui">
            <button type="button" class="check" onClick={() => void store.check()}>
              <svg viewBox="0 0 12 12" aria-hidden="true">
                <path d="M1 0l11 6-11 6z" />
              </svg>
              <span>Check</span>
              <span class="key" aria-hidden="true">
                ctrl ↵
              </span>
            </button>
            <button type="button" class="over" onClick={store.startOver}>
              Start over
            </button>
            <p class="say" aria-live="polite">
              {summary(store)}
            </p>
          </div>
        </div>
        <div class="verdicts">
          {checks.length === 0 ? (
            <p class="ui none">
              {running ? "Loading the library and your code." : "The checks stand here once you have pressed Check."}
            </p>
          ) : (
            <ol class="checks ui" aria-label="Checks">
              {checks.map(({ name, verdict, message }) => (
                <li class={verdict === "passed" ? "passed" : verdict === "waiting" ? "waiting" : "failed"}>
                  <b>{name}</b>
                  <span class="unseen">
                    {verdict === "passed" ? " Passed." : verdict === "waiting" ? "" : " Failed."}
                  </span>
                  {message !== "" && <small>{message}</small>}
                </li>
              ))}
            </ol>
          )}
        </div>
      </div>
      {difference !== null && <Grids difference={difference} />}
      <Ladder store={store} />
    </section>
  );
}

function summary(store: LabStore): string {
  const report = store.report.value;
  if (store.running.value || report === null) return "";
  if (report.passed) return `All ${report.checks.length} checks pass.`;
  const { message = "", line = null } = report.checks.find(({ verdict }) => verdict !== "passed") ?? {};
  return line === null ? message : `Line ${line}. ${message}`;
}
