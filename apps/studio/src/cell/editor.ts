/** The editor of cells and labs. Loaded on the first focus: until then the page shows the highlighted text. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  keymap,
  lineNumbers,
  tooltips,
  type DecorationSet,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { PublicName } from "../engine/sandbox-names.ts";

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  /** What screen readers call it. */
  readonly label: string;
  /** Called after every change with the new text. */
  readonly changed: (text: string) => void;
  /** Ctrl and enter. */
  readonly run: () => void;
}
export interface Editor {
  text(): string;
  replace(text: string): void;
  /** Bars a line (from 1), or none. */
  mark(line: number | null): void;
  focus(): void;
  /** Puts the cursor where the pointer is. */
  focusAt(x: number, y: number): void;
}

const barLine = StateEffect.define<number | null>();
const bar = Decoration.line({ class: "barred" });
const barred = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, transaction) {
    let next = transaction.docChanged ? Decoration.none : lines;
    for (const effect of transaction.effects) {
      if (!effect.is(barLine)) continue;
      const { doc } = transaction.state,
        line = effect.value;
      next =
        line === null || line < 1 || line > doc.lines
          ? Decoration.none
          : Decoration.set([bar.range(doc.line(line).from)]);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Nothing is coloured: keywords are bold, comments italic. */
const STYLE = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword, tags.operatorKeyword],
    fontWeight: "700",
  },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], fontStyle: "italic", color: "var(--ink-3)" },
]);

export function createEditor({ parent, text, label, changed, run }: EditorOptions): Editor {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        barred,
        indentUnit.of("  "),
        javascript({ typescript: true }),
        syntaxHighlighting(STYLE),
        // In the body: a cell measures itself, and would clip what hangs out of it.
        autocompletion({ override: [complete], icons: false }),
        tooltips({ parent: document.body }),
        EditorView.contentAttributes.of({
          "aria-label": label,
          tabindex: "0",
          spellcheck: "false",
          autocapitalize: "off",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
        // Tab leaves the editor, as everywhere on the page.
        keymap.of([
          {
            key: "Mod-Enter",
            run: () => {
              run();
              return true;
            },
          },
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...completionKeymap,
        ]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    replace(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    mark(line) {
      view.dispatch({ effects: barLine.of(line) });
    },
    focus() {
      view.focus();
    },
    focusAt(x, y) {
      const at = view.posAtCoords({ x, y }, false);
      view.dispatch({ selection: { anchor: at } });
      view.focus();
    },
  };
}

const completionOf = ({ name, kind, signature, about }: PublicName): Completion => ({
  label: name,
  type: kind,
  detail: signature.length > 60 ? `${signature.slice(0, 58)}…` : signature,
  ...(about === "" ? {} : { info: about }),
});
/** What cells print with. */
const PRINTING: readonly Completion[] = [
  { label: "show", detail: "(...values)", info: "Shows values; a tensor is drawn." },
  { label: "plot", detail: "(y), (x, y), ({ name: y })", info: "Draws lines." },
  { label: "table", detail: "(rows)", info: "Shows rows as a table." },
];

/** Names of the library: after `nn.`, `F.` and `optim.` their own, after any other dot those of a tensor. */
async function complete(context: CompletionContext): Promise<CompletionResult | null> {
  const word = context.matchBefore(/[\w$]*/);
  if (word === null || (word.from === word.to && !context.explicit && context.matchBefore(/\.\s*/) === null))
    return null;
  const { default: names } = await import("virtual:sandbox/names");
  const before = context.matchBefore(/([\w$]+|[)\]])\s*\.\s*[\w$]*/)?.text;
  const owner = before === undefined ? null : /^([\w$]+|[)\]])/.exec(before)![1];
  const of = owner === null ? "gradus" : owner === "nn" || owner === "F" || owner === "optim" ? owner : "tensor";
  const options = names.filter((name) => name.of === of).map(completionOf);
  return { from: word.from, options: of === "gradus" ? [...options, ...PRINTING] : options, validFor: /^[\w$]*$/ };
}
