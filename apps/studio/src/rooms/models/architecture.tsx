import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { whole } from "../../look/number.ts";
import { saveSvg } from "../../look/save.ts";
import { usePalette } from "../../look/use-palette.ts";
import { useWidth } from "../../look/width.ts";
import { shortName } from "../../graph/words.ts";
import { nextSigns, type Signs } from "../digits/tile.ts";
import { List } from "./list.tsx";
import { pictureOf } from "./picture.ts";
import type { Parameter, Thumbnail } from "./protocol.ts";
import { labelOf, lastName, scoreOf, weightOf, type Rectangle, type Score, type Unit } from "./score.ts";
import { VIEWS, type Store, type View } from "./store.ts";
import { fullScale } from "./thumbnail.ts";

/** How far below the line the inside of an open part begins. */
const DROP = 34;
const times = (shape: readonly number[]): string => shape.join(" × ");
const shapeText = (shape: readonly number[]): string => `[${shape.slice(1).join(", ")}]`;

/** Pictures of parameters and parts in what is looked at now; each has its own full scale. */
export function usePictures(store: Store, signs: Signs) {
  const palette = usePalette();
  const now = store.snapshot.value, view = store.view.value;
  const picture = (numbers: Thumbnail | undefined): string =>
    (numbers === undefined ? "" : pictureOf(numbers, fullScale(numbers.values), signs, palette));
  return {
    ofParameter: (name: string, wanted: View = view): string => {
      const look = now?.looks[name];
      return picture(wanted === "gradients" ? look?.gradients : look?.weights);
    },
    ofPart: (path: string): string => picture(now?.activations[path]),
  };
}
type Pictures = ReturnType<typeof usePictures>;

/** The model as one heavy line with its parts hanging from it, or below 980 pixels as a list. */
export function Architecture({ store, signs }: { store: Store; signs: { value: Signs } }) {
  const { ref, width } = useWidth<HTMLElement>(1312);
  const drawing = useRef<SVGSVGElement>(null);
  const anatomy = store.anatomy.value, open = store.open.value;
  const pictures = usePictures(store, signs.value);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && store.open.peek() !== null) store.openPart(store.open.peek());
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, []);
  const opened = store.parts.value.find(({ path }) => path === open);
  const narrow = width.value < 940;
  const residual = anatomy !== null && store.parts.value.some(({ additions }) => additions > 0);
  return (
    <figure class="figure architecture" id="architecture" aria-labelledby="architecture-title" ref={ref}>
      <header>
        <span class="which">Architecture</span>
        <h2 id="architecture-title">
          {residual ? "The stream and what hangs from it" : "The chain and what hangs from it"}
        </h2>
        <p>Rectangles are weights, drawn to scale; closed parts at half. Press one to open it.</p>
      </header>
      <div class="score plate">
        {anatomy !== null && (narrow ? <List store={store} pictures={pictures} />
          : <Drawing store={store} pictures={pictures} drawing={drawing}
            score={scoreOf(anatomy.root, anatomy.parameters, open, width.value)} width={width.value} />)}
      </div>
      <div class="strip ui">
        {opened !== undefined && (
          <button type="button" onClick={() => store.openPart(open)}>
            Close {labelOf(opened)}<i class="key">esc</i>
          </button>
        )}
        {VIEWS.map((view) => (
          <button type="button" aria-pressed={store.view.value === view} onClick={() => { store.view.value = view; }}>
            {view[0].toUpperCase() + view.slice(1)}
          </button>
        ))}
        <button type="button" onClick={() => { signs.value = nextSigns(signs.value); }}>Sign: {signs.value}</button>
        {!narrow && (
          <button type="button" onClick={() => {
            if (drawing.current !== null) saveSvg(drawing.current, `gradus-${store.settings.value.model}`);
          }}>Save SVG</button>
        )}
        <p class="say">{sentenceOf(store)}</p>
      </div>
    </figure>
  );
}
function sentenceOf(store: Store): string {
  const anatomy = store.anatomy.value, open = store.open.value;
  if (anatomy === null) return "Building the model.";
  const part = store.parts.value.find(({ path }) => path === open);
  if (part === undefined) {
    const parts = whole(store.parts.value.length - 1), tensors = whole(anatomy.parameters.length);
    return `${parts} parts, ${tensors} tensors. Nothing is open.`;
  }
  const often = ["", "once", "twice"][part.additions] ?? `${part.additions} times`;
  const keeps = part.additions === 0 ? "" : ` It adds to the stream ${often}.`;
  return `${labelOf(part)}, a ${part.kind}: ${shapeText(part.input)} to ${shapeText(part.output)}, ` +
    `${whole(part.parameters)} parameters, ${whole(part.multiplyAdds)} multiply-adds.${keeps}`;
}

function Drawing({ store, pictures, drawing, score, width }: {
  store: Store; pictures: Pictures; drawing: { current: SVGSVGElement | null }; score: Score; width: number;
}) {
  const { units, height, line } = score;
  const row = store.row.value;
  const focus = useSignal(0);
  const last = units[units.length - 1], end = last.x + last.width;
  const first = units[0];
  /** Arrow keys walk along the line. */
  const walk = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    focus.value = Math.max(0, Math.min(units.length - 1, focus.value + by));
    (event.currentTarget as SVGElement).querySelectorAll<SVGElement>(".part")[focus.value]?.focus();
  };
  return (
    <svg ref={drawing} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group"
      aria-label={`${row.title}: ${units.length} parts along one line; arrow keys walk, enter opens`} onKeyDown={walk}>
      <defs>
        <pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path d="M0 0v4" class="hatch" />
        </pattern>
      </defs>
      {units.filter(({ inside }) => inside !== null).map((unit) => <Panel unit={unit} height={height} />)}
      <path class="line" d={`M64 ${line}H${end + 26}`} />
      <text x={0} y={line - 9}>{row.task === "language" ? "characters" : "input"}</text>
      <text x={0} y={line + 20} class="small">{shapeText(first.part.input)}</text>
      {units.map((unit, i) => (
        <g key={unit.part.path}>
          <Hanging unit={unit} line={line} store={store} pictures={pictures} tab={i === focus.value ? 0 : -1}
            tight={score.tight} />
          {changesShape(unit) && !score.tight && (
            <text x={unit.x + unit.width} y={line - 12} class="small shape">{shapeText(unit.part.output)}</text>
          )}
        </g>
      ))}
      <path class="arrow" d={`M${end + 22} ${line - 7}l9 7l-9 7`} />
      <text x={end + 40} y={line + 5} class="small">{row.task === "language" ? "scores" : "output"}</text>
    </svg>
  );
}

/** Whether what leaves a closed part looks different from what enters it; positions have no window to count. */
const changesShape = ({ part, inside }: Unit): boolean =>
  inside === null && part.input.length > 1 && shapeText(part.output) !== shapeText(part.input);

/** Ground and heading of the part that is open. */
function Panel({ unit, height }: { unit: Unit; height: number }) {
  const heading = unit.label.length * 8.4 + 18;
  return (
    <g>
      <rect class="ground" x={unit.x} y={34} width={unit.width} height={height - 44} />
      <path class="edge" d={`M${unit.x} 34h${unit.width}`} />
      <rect class="marked" x={unit.x} y={35} width={heading} height={22} />
      <text class="heading" x={unit.x + 8} y={51}>{unit.label}</text>
      {unit.width > heading + 130 && (
        <text class="small" x={unit.x + unit.width - 8} y={51} text-anchor="end">
          {whole(unit.part.parameters)} parameters
        </text>
      )}
    </g>
  );
}

/** A part with its stem: what it multiplies by, and where it gives back to the line. */
function Hanging({ unit, line, store, pictures, tab, tight }: {
  unit: Unit; line: number; store: Store; pictures: Pictures; tab: number; tight: boolean;
}) {
  const { part, x, width, rectangles, inside } = unit;
  const middle = x + width / 2, bottom = rectangles.at(-1);
  const low = bottom === undefined ? line + 34 : bottom.y + bottom.height;
  const press = (): void => store.openPart(part.path);
  const widest = Math.max(12, ...rectangles.map((r) => r.width)) / 2 + 7;
  return (
    <g class={`part${inside !== null ? " open" : ""}`} role={inside === null ? "button" : "group"} tabindex={tab}
      aria-expanded={inside === null ? false : undefined}
      aria-label={`${labelOf(part)}, ${part.kind}, ${whole(part.parameters)} parameters`}
      onClick={inside === null ? press : undefined}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        press();
      }}>
      {inside === null ? (
        <>
          <rect class="target" x={x + 2} y={line - 16} width={width - 4} height={low + 58 - line} />
          {part.additions > 0 ? (
            <>
              <path class="wire" d={`M${middle - widest} ${line}V${line + 30}H${middle}V${low - 10}` +
                `M${middle} ${low - 10}H${middle + widest}V${line}`} />
              {Array.from({ length: part.additions }, (_, i) => <Plus x={middle + widest - i * 25} y={line} />)}
            </>
          ) : <path class="wire" d={`M${middle} ${line}V${low - 4}`} />}
          {rectangles.map((rectangle) => <Weight rectangle={rectangle} store={store} pictures={pictures} />)}
          {rectangles.length === 0 && <circle class="disc" cx={middle} cy={line} r={13} />}
          <text class="name" x={middle} y={low + 24} text-anchor="middle">{unit.label}</text>
          {!tight && (
            <text class="small" x={middle} y={low + 42} text-anchor="middle">{whole(part.parameters)}</text>
          )}
        </>
      ) : <Inside unit={unit} line={line} store={store} pictures={pictures} />}
    </g>
  );
}
function Plus({ x, y }: { x: number; y: number }) {
  return (
    <>
      <circle class="disc" cx={x} cy={y} r={9.5} />
      <path class="sign" d={`M${x - 5} ${y}h10M${x} ${y - 5}v10`} />
    </>
  );
}

function Weight({ rectangle, store, pictures }: { rectangle: Rectangle; store: Store; pictures: Pictures }) {
  const { parameter, x, y, width, height } = rectangle;
  const href = store.view.value === "activations" ? pictures.ofPart(parameter.part)
    : pictures.ofParameter(parameter.name);
  return (
    <>
      {href !== "" &&
        <image href={href} x={x} y={y} width={width} height={height} preserveAspectRatio="none" />}
      <rect class={`weight${store.parameter.value === parameter.name ? " chosen" : ""}`} x={x} y={y} width={width}
        height={height} />
    </>
  );
}

/** The open part down to its operations: weights at full scale, named operations, and what is added back. */
function Inside({ unit, line, store, pictures }: { unit: Unit; line: number; store: Store; pictures: Pictures }) {
  const { graph, scale, weights } = unit.inside!;
  const left = unit.x + 26;
  const choose = (parameter: Parameter | null) => (event: Event): void => {
    event.stopPropagation();
    if (parameter !== null) store.parameter.value = parameter.name;
  };
  return (
    <g class="inside" transform={`translate(${left} ${line + DROP}) scale(${scale})`}
      style={{ "--letters": `${Math.max(13, 12 / scale)}px` }}>
      {graph.nodes.filter(({ item }) => item.result || item.node.op === "argument")
        .map(({ x, y, height }) => <path class="wire" d={`M${x} ${y - height / 2}V${-DROP / scale}`} />)}
      {graph.edges.map(({ path }) => <path class="wire" d={path} />)}
      {graph.nodes.map(({ item, x, y, width, height }) => {
        const weight = weightOf(item, weights);
        if (item.node.op === "argument") return <circle class="dot" cx={x} cy={y} r={4.5} />;
        if (weight === null) {
          return item.node.op === "add" ? <Plus x={x} y={y} /> : (
            <g>
              <rect class="disc" x={x - width / 2} y={y - 15} width={width} height={30} rx={15} />
              <text class="small ink" x={x} y={y + 4.5} text-anchor="middle">{shortName(item.node)}</text>
            </g>
          );
        }
        const h = height - 46, w = rectangleWidth(weight, h, width);
        return (
          <g class="pick" onClick={choose(weight)}>
            <text class="small ink" x={x} y={y - h / 2 - 8} text-anchor="middle">{lastName(weight)}</text>
            <Weight store={store} pictures={pictures}
              rectangle={{ parameter: weight, x: x - w / 2, y: y - h / 2, width: w, height: h }} />
            <text class="small" x={x} y={y + h / 2 + 17} text-anchor="middle">{times(weight.shape)}</text>
          </g>
        );
      })}
    </g>
  );
}
/** A weight keeps its proportions; its column may be wider for the sake of its name. */
function rectangleWidth({ shape }: Parameter, height: number, most: number): number {
  const columns = shape.slice(1).reduce((a, b) => a * b, 1);
  return Math.min(most, Math.max(5, (height * columns) / shape[0]));
}
