import type { ComponentChildren } from "preact";
import { Twin } from "./twin.tsx";

interface FigureProps {
  readonly id: string;
  readonly which: string;
  readonly title: string;
  readonly question: string;
  readonly canvas: ComponentChildren;
  readonly strip?: ComponentChildren;
  readonly parameters?: ComponentChildren;
  readonly below?: ComponentChildren;
  readonly caption?: ComponentChildren;
  /** The picture as a table, one key away. */
  readonly twin?: () => ComponentChildren;
  readonly actions?: ComponentChildren;
}

/** The frame of every figure: rule, title and question, canvas, strip, parameters, caption, actions, in this order. */
export function Figure(props: FigureProps) {
  const { id, which, title, question, canvas, strip, parameters, below, caption, twin, actions } = props;
  return (
    <figure class="figure" id={id} aria-labelledby={`${id}-title`}>
      <header>
        <span class="which">{which}</span>
        <h2 id={`${id}-title`}>{title}</h2>
        <p>{question}</p>
      </header>
      {canvas}
      {strip !== undefined && <div class="strip ui">{strip}</div>}
      {parameters !== undefined && <div class="parameters">{parameters}</div>}
      {below}
      {caption !== undefined && <figcaption>{caption}</figcaption>}
      <Twin id={id} title={title} table={twin} actions={actions} />
    </figure>
  );
}
