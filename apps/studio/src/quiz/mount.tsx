import { render } from "preact";
import { faultOf, type Essay as EssayItem, type KeyedItem, type Term } from "@gradus/lessons";
import { cardOfItem } from "../cards/make.ts";
import { progressStore, type ProgressStore } from "../progress/store.ts";
import { Essay, type Drafts } from "./essay.tsx";
import { Quiz } from "./quiz.tsx";
import "./quiz.css";
import { asText, type Format } from "./rich.tsx";
import { createSession } from "./session.ts";
import { Terms } from "./terms.tsx";

/**
 * Islands of a lesson's page. The element holds its data as JSON in a `<script type="application/json">`:
 *
 *     <div data-island="quiz"  data-lesson="backpropagation">  KeyedItem[]
 *     <div data-island="essay" data-lesson="backpropagation">  Essay, or Essay[]
 *     <div data-island="cards" data-lesson="backpropagation">  Term[]
 *
 * `data-lesson` may stand on an element around it. `data-format="html"` says that texts are markup made by the build.
 */
export function mount(element: HTMLElement, store: ProgressStore = progressStore()): void {
  const { island } = element.dataset;
  const about = element.closest<HTMLElement>("[data-lesson]");
  const lesson = about?.dataset.lesson ?? document.documentElement.dataset.lesson ?? "";
  const format: Format = element.dataset.format === "html" ? "html" : "text";
  const data = JSON.parse(element.querySelector("script[type='application/json']")?.textContent ?? "[]") as unknown;
  const name = `${island}-${lesson}`.replace(/[^\w-]/g, "-");
  const draw = (view: Parameters<typeof render>[0]): void => {
    const place = document.createElement("div"), paper = document.createElement("div");
    // What the build printed is what goes on paper: all questions, and what the terms mean.
    paper.className = "on-paper";
    paper.append(...element.querySelectorAll(":scope > .question, :scope > .terms"));
    element.replaceChildren(place, paper);
    render(view, place);
  };
  if (island === "quiz") return draw(quizOf(data as KeyedItem[]));
  if (island === "essay") return draw(essaysOf(Array.isArray(data) ? data as EssayItem[] : [data as EssayItem]));
  if (island === "cards") return draw(<Terms terms={data as Term[]} lesson={lesson} format={format} store={store} />);
  throw new Error(`an island "${island ?? ""}" is none of quiz, essay and cards`);

  function quizOf(items: readonly KeyedItem[]) {
    const fault = items.map(faultOf).find((found) => found !== null);
    if (fault != null || items.length === 0) throw new Error(`quiz of ${lesson}: ${fault ?? "there are no questions"}`);
    const session = createSession(items, {
      answered: ({ id }, right) => void store.record({ kind: "quiz-answered", lesson, item: id, right }),
      missed: (item) => void store.record(cardOfItem(lesson, item, (text) => asText(text, format))),
    });
    return <Quiz session={session} format={format} name={name} />;
  }
  function essaysOf(essays: readonly EssayItem[]) {
    return essays.map((essay) => (
      <Essay essay={essay} format={format} name={`${name}-${essay.id}`} drafts={draftsOf(lesson)}
        marked={(met) => void store.record({
          kind: "essay-marked", lesson, essay: essay.id, met, points: essay.rubric.length,
        })} />
    ));
  }
}

/** Drafts stay in this browser; where it keeps nothing, they last as long as the page. */
function draftsOf(lesson: string): Drafts {
  const key = (id: string): string => `gradus-essay/${lesson}/${id}`;
  return {
    read(id) {
      try {
        return localStorage.getItem(key(id)) ?? "";
      } catch {
        return "";
      }
    },
    write(id, text) {
      try {
        if (text === "") localStorage.removeItem(key(id));
        else localStorage.setItem(key(id), text);
      } catch {
        // Without storage the draft holds for this page.
      }
    },
  };
}
