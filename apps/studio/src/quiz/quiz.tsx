import { useEffect, useRef } from "preact/hooks";
import { rightAnswer, type ChoiceItem, type KeyedItem } from "@gradus/lessons";
import { Order } from "./order.tsx";
import { Rich, type Format } from "./rich.tsx";
import type { Question, Session } from "./session.ts";

interface Part<I extends KeyedItem = KeyedItem> {
  readonly question: Question;
  readonly item: I;
  readonly format: Format;
  /** Makes names of controls unique in the page. */
  readonly name: string;
}

/** The questions of a lesson, one at a time: ruled rows, the verdict at the right edge, no score. */
export function Quiz({ session, format, name, cards = true }: {
  session: Session; format: Format; name: string;
  /** Whether misses become cards. */
  cards?: boolean;
}) {
  const { questions, at } = session;
  const question = session.current.value, { item } = question;
  const heading = useRef<HTMLElement>(null), moved = useRef(false);
  const last = at.value === questions.length - 1;
  const go = (to: number): void => {
    moved.current = true;
    session.go(to);
  };
  // The reader goes on where the next question begins.
  useEffect(() => {
    if (moved.current) heading.current?.focus();
    moved.current = false;
  }, [at.value]);
  const answered = question.verdict.value?.readable === true;
  return (
    <form class="quiz" onSubmit={(event) => {
      event.preventDefault();
      if (answered) {
        if (!last) go(at.value + 1);
      } else session.submit();
    }}>
      <fieldset key={item.id}>
        <legend ref={heading as never} tabIndex={-1}>
          <span class="ui">
            {questions.length === 1 ? "Question" : `Question ${at.value + 1} of ${questions.length}`}
          </span>
          <Rich text={item.prompt} format={format} />
        </legend>
        <Body question={question} item={item} format={format} name={`${name}-${item.id}`} />
      </fieldset>
      <Verdict question={question} format={format} />
      <div class="next ui">
        {!answered && <button type="submit" class="button">Check</button>}
        {answered && !last && <button type="submit" class="button">Next question<i class="key">↵</i></button>}
        {answered && <button type="button" class="quiet" onClick={question.again}>Try again</button>}
        {at.value > 0 && <button type="button" class="quiet" onClick={() => go(at.value - 1)}>Previous</button>}
        {!answered && !last && (
          <button type="button" class="quiet" onClick={() => go(at.value + 1)}>Skip</button>
        )}
        {answered && last && questions.length > 1 && (
          <span>That was the last question; {session.done.value} of {questions.length} answered.</span>
        )}
        {cards && question.missed.value && <span>This one comes back as a card.</span>}
      </div>
    </form>
  );
}

function Body(part: Part) {
  const { item } = part;
  switch (item.kind) {
    case "choice": case "multi": return <Options {...part} item={item} />;
    case "order": return <Order {...part} item={item} />;
    case "trace": case "shape":
      return (
        <>
          <pre class="code" tabIndex={0} aria-label="Code of the question"><code>{item.code}</code></pre>
          {item.kind === "trace"
            ? <Typed {...part} label="It prints" rows={Math.min(8, item.key.split("\n").length)} />
            : <Typed {...part} label="Its shape" hint="[2, 3]" />}
        </>
      );
    case "numeric":
      return (
        <>
          <Typed {...part} label="Your number" hint="0.25" unit={item.unit} />
          <p class="tolerance ui">{item.tolerance > 0 ? `Counts within ${item.tolerance}.` : "Counts exactly."}</p>
        </>
      );
    case "short": return <Typed {...part} label="Your answer" />;
  }
}

const LETTERS = "ABCDEFGHIJKLMNOP";

function Options({ question, item, format, name }: Part<ChoiceItem>) {
  const chosen = question.answer.value as readonly number[];
  const graded = question.verdict.value?.readable === true;
  const change = (i: number): void => {
    if (item.kind === "choice") question.change([i]);
    else question.change(chosen.includes(i) ? chosen.filter((j) => j !== i) : [...chosen, i].sort((a, b) => a - b));
  };
  return (
    <>
      {item.kind === "multi" && <p class="tolerance ui">Choose all that belong.</p>}
      {item.options.map((option, i) => {
        const given = chosen.includes(i), right = option.right === true;
        // A right option that was not given is told too; a wrong one that was not given says nothing.
        const mark = !graded || (!given && !right) ? "" : right ? "correct" : "incorrect";
        const words = !right ? "Your answer, incorrect." : given ? "Correct." : "This is right.";
        return (
          <label class={`option ${mark}`}>
            <span class="letter" aria-hidden="true">{LETTERS[i]}</span>
            <input type={item.kind === "choice" ? "radio" : "checkbox"} name={name} checked={given}
              onChange={() => change(i)} />
            <span>
              <Rich text={option.text} format={format} />
              {mark !== "" && (
                <small>
                  <strong>{words}</strong> {option.why !== undefined && <Rich text={option.why} format={format} />}
                </small>
              )}
            </span>
            <i class="verdict-mark" aria-hidden="true" />
          </label>
        );
      })}
    </>
  );
}

function Typed({ question, name, label, hint = "", unit, rows = 1 }: Part & {
  readonly label: string; readonly hint?: string; readonly unit?: string; readonly rows?: number;
}) {
  const { verdict } = question;
  const mark = verdict.value === null || !verdict.value.readable ? "" : verdict.value.right ? "correct" : "incorrect";
  const shared = {
    id: name, value: question.answer.value as string, placeholder: hint, autocomplete: "off", spellcheck: false,
    "aria-invalid": verdict.value !== null && !verdict.value.right, "aria-describedby": `${name}-say`,
    onInput: (event: { currentTarget: { value: string } }) => question.change(event.currentTarget.value),
  };
  return (
    <div class={`typed ${mark}`}>
      <label for={name}>{label}</label>
      {rows > 1
        ? <textarea {...shared} rows={rows} maxLength={4000} />
        : <input type="text" {...shared} maxLength={400} />}
      {unit !== undefined && <span class="unit ui">{unit}</span>}
      <i class="verdict-mark" aria-hidden="true" />
    </div>
  );
}

/** The right answer, where it does not stand among options. */
function Answer({ item, format }: { item: KeyedItem; format: Format }) {
  if (item.kind === "order") {
    return (
      <>
        <p class="ui">The order is</p>
        <ol class="ordered">{item.steps.map((step) => <li><Rich text={step} format={format} /></li>)}</ol>
      </>
    );
  }
  return <p class="ui">The answer is <samp class={item.kind === "trace" ? "block" : ""}>{rightAnswer(item)}</samp></p>;
}

/** What a typed or ordered answer came to; explanations stand under the given and the right answer. */
function Verdict({ question, format }: { question: Question; format: Format }) {
  const { item } = question, verdict = question.verdict.value;
  const listed = item.kind === "choice" || item.kind === "multi";
  return (
    <div class="verdict-text" role="status">
      {verdict !== null && !verdict.readable && <p class="ui">{verdict.text}</p>}
      {verdict?.readable === true && (
        <>
          <p class={`ui ${verdict.right ? "right" : "wrong"}`}>
            <strong>{verdict.right ? "Correct." : "Incorrect."}</strong> {verdict.text}
          </p>
          {!listed && !verdict.right && <Answer item={item} format={format} />}
          {item.explain !== "" && <Rich text={item.explain} format={format} as="div" />}
        </>
      )}
    </div>
  );
}
