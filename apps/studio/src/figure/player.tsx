/** A figure of a lesson at work, in the frame that every figure has. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Scene } from "@gradus/lessons";
import { printSvg } from "@gradus/lessons/svg";
import { Twin } from "../look/twin.tsx";
import { useWidth } from "../look/width.ts";
import { ParameterControls, Strip } from "./controls.tsx";
import { Marks } from "./marks.tsx";
import type { FigureStore } from "./store.ts";

export interface PlayerProps {
  readonly store: FigureStore;
  readonly number: number;
  readonly title: string;
  readonly question: string;
  /** The first frame and its sentence, as the build printed them; stand until the worker answers. */
  readonly first: string;
  readonly sentence: string;
  readonly width: number;
  /** Shows code in a cell below. */
  readonly openCell: (text: string) => void;
}

export function Player({ store, number, title, question, first, sentence, width, openCell }: PlayerProps) {
  const { ref, width: room } = useWidth<HTMLDivElement>(width);
  const shown = store.shown.value,
    about = store.about.value,
    id = store.name;
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    if (room.value !== width) store.resize(room.value);
  }, [room.value]);
  useEffect(() => watch(frame.current, store), []);
  useEffect(() => {
    if (store.cell.value === null) return;
    openCell(store.cell.value);
    store.cell.value = null;
  }, [store.cell.value]);
  const params = Object.keys(about?.params ?? {}).length;
  const table = shown?.table ?? null;
  return (
    <figure class="figure player" ref={frame} aria-labelledby={`${id}-title`}>
      <header>
        <span class="which">Figure {number}</span>
        <h3 id={`${id}-title`}>{about?.title ?? title}</h3>
        <p>{about?.question ?? question}</p>
      </header>
      <div class="canvas plate gridded" ref={ref}>
        {shown === null ? (
          <div class="drawn" dangerouslySetInnerHTML={{ __html: first }} />
        ) : (
          <Marks id={id} title={about?.title ?? title} scene={shown.scene} act={store.act} />
        )}
      </div>
      <div class="strip ui">
        {about === null && store.failure.value === null ? <p class="say">{sentence}</p> : <Strip store={store} />}
      </div>
      {params > 0 && (
        <div class="parameters ui">
          <ParameterControls store={store} />
        </div>
      )}
      <Twin
        id={id}
        title={about?.title ?? title}
        table={
          table === null
            ? undefined
            : () => (
                <table class="values">
                  <caption>{shown?.sentence}</caption>
                  <thead>
                    <tr>
                      {table.head.map((name) => (
                        <th scope="col">{name}</th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {table.rows.map(([name, ...rest]) => (
                      <tr>
                        <th scope="row">{name}</th>
                        {rest.map((cell) => (
                          <td>{cell}</td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              )
        }
        actions={
          shown !== null && (
            <>
              {about?.cell === true && (
                <button type="button" onClick={store.openCell}>
                  Open in a cell
                </button>
              )}
              <CopyLink id={id} />
              <button type="button" onClick={() => savePicture(shown.scene, id)}>
                Save SVG
              </button>
            </>
          )
        }
      />
    </figure>
  );
}

/** Tells the store when the figure leaves the screen or the tab is hidden. */
function watch(element: HTMLElement | null, store: FigureStore): () => void {
  if (element === null) return () => {};
  let near = true;
  const tell = (): void => store.look(near && document.visibilityState === "visible");
  const observer = new IntersectionObserver((entries) => {
    near = entries.at(-1)?.isIntersecting ?? true;
    tell();
  });
  observer.observe(element);
  document.addEventListener("visibilitychange", tell);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", tell);
  };
}

function CopyLink({ id }: { id: string }) {
  const copied = useSignal(false);
  const copy = (): void => {
    const address = new URL(location.href);
    address.hash = id;
    navigator.clipboard.writeText(address.href).then(
      () => {
        copied.value = true;
        setTimeout(() => {
          copied.value = false;
        }, 2000);
      },
      () => undefined,
    );
  };
  return (
    <button type="button" onClick={copy}>
      {copied.value ? "Link copied" : "Copy link"}
    </button>
  );
}

/** The picture as a file of its own: colours and faces as they are on the page now. */
function savePicture(scene: Scene, name: string): void {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colour = (token: string): string => {
    probe.style.color = `var(--${{ hair: "rule", good: "ok" }[token] ?? token})`;
    return getComputedStyle(probe).color;
  };
  const faces = {
    sans: "Archivo, Arial, sans-serif",
    serif: "Literata, Georgia, serif",
    mono: "Commit Mono, Menlo, monospace",
  };
  const text = printSvg(scene, { id: name, colour, face: (face) => faces[face] });
  const ground = colour("paper");
  probe.remove();
  const address = URL.createObjectURL(
    new Blob([text.replace("<svg ", `<svg style="background:${ground}" `)], { type: "image/svg+xml" }),
  );
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
