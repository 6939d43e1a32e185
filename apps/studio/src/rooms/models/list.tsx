import { whole } from "../../look/number.ts";
import type { usePictures } from "./architecture.tsx";
import { alongTheLine, labelOf, ownedBy } from "./score.ts";
import type { Store } from "./store.ts";
import { parseGraph, primitives } from "../../graph/parse.ts";
import { inWords } from "../../graph/words.ts";

/** The architecture as a list: the twin of the drawing for narrow screens. */
export function List({ store, pictures }: { store: Store; pictures: ReturnType<typeof usePictures> }) {
  const { root, parameters } = store.anatomy.value!;
  const parts = alongTheLine(root);
  const most = Math.max(...parts.map((part) => part.parameters), 1);
  return (
    <ol class="parts-list">
      {parts.map((part) => {
        const open = store.open.value === part.path;
        return (
          <li key={part.path} class={open ? "open" : ""}>
            <button type="button" aria-expanded={open} onClick={() => store.openPart(part.path)}>
              <span>
                <b>{labelOf(part)}</b>{" "}
                <small>[{part.input.slice(1).join(", ")}] → [{part.output.slice(1).join(", ")}]</small>
              </span>
              <span class="number">{whole(part.parameters)}</span>
            </button>
            <i class="bar" style={{ width: `${Math.max(1, (100 * part.parameters) / most)}%` }} />
            {open && (
              <div class="opened">
                {ownedBy(part, parameters).filter(({ shape }) => shape.length > 1).map((parameter) => (
                  <button type="button" class="tensor" key={parameter.name}
                    onClick={() => { store.parameter.value = parameter.name; }}>
                    <Picture href={store.view.value === "activations" ? pictures.ofPart(parameter.part)
                      : pictures.ofParameter(parameter.name)} />
                    <span>
                      {parameter.name.slice(part.path.length + 1)}<small>{parameter.shape.join(" × ")}</small>
                    </span>
                  </button>
                ))}
                <p>{inWords(primitives(parseGraph(part.graph)))}</p>
              </div>
            )}
            {part.additions > 0 && (
              <p class="plus">adds to the stream{part.additions === 1 ? "" : ` ${part.additions} times`}</p>
            )}
          </li>
        );
      })}
    </ol>
  );
}
function Picture({ href }: { href: string }) {
  return href === "" ? <i class="thumb" /> : <img class="thumb" src={href} alt="" />;
}
