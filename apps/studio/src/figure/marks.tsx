/**
 * The picture of a figure: printed as the build prints its first frame, and over it the marks a reader can act on, each
 * reachable by keyboard and read by name.
 */
import type { ComponentChildren } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Action, Scene } from "@gradus/lessons";
import { printSvg } from "@gradus/lessons/svg";
import { handlesOf, type Place } from "./places.ts";

interface MarksProps {
  readonly id: string;
  readonly title: string;
  readonly scene: Scene;
  readonly act: (action: Action) => void;
}

export function Marks({ id, title, scene, act }: MarksProps) {
  const picture = useMemo(() => printSvg(scene, { id }), [scene, id]);
  const places = handlesOf(scene);
  return (
    <div class="picture" style={{ height: `${scene.height}px`, width: `${scene.width}px` }}>
      <div class="drawn" dangerouslySetInnerHTML={{ __html: picture }} />
      {(places.length > 0 || scene.press === true) && (
        <svg
          class="handles"
          viewBox={`0 0 ${scene.width} ${scene.height}`}
          width={scene.width}
          height={scene.height}
          role="group"
          aria-label={`${title}: what can be moved or pressed`}
        >
          {scene.press === true && <Ground key="ground" scene={scene} act={act} />}
          {places.map((place) =>
            place.drag === null ? (
              <Press key={place.id} place={place} act={act} />
            ) : (
              <Drag key={place.id} place={place} scene={scene} act={act} />
            ),
          )}
        </svg>
      )}
    </div>
  );
}

/** Where a pointer is, in the picture's own pixels. */
function pointIn(event: PointerEvent, scene: Scene): readonly [number, number] | null {
  const svg = (event.currentTarget as SVGElement).closest("svg");
  const box = svg?.getBoundingClientRect();
  if (box === undefined || box.width === 0) return null;
  return [
    ((event.clientX - box.left) * scene.width) / box.width,
    ((event.clientY - box.top) * scene.height) / box.height,
  ];
}
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** What lies over a mark: at least 24 pixels wide, so that a finger finds it; its ring shows focus. */
function Cover({ place }: { place: Place }) {
  const { x, y, w, h, round } = place;
  const wide = Math.max(w, 24),
    high = Math.max(h, 24);
  return (
    <>
      <rect class="target" x={x - wide / 2} y={y - high / 2} width={wide} height={high} />
      {round ? (
        <ellipse class="ring" cx={x} cy={y} rx={w / 2 + 4} ry={h / 2 + 4} />
      ) : (
        <rect class="ring" x={x - w / 2 - 4} y={y - h / 2 - 4} width={w + 8} height={h + 8} />
      )}
    </>
  );
}

function Press({ place, act }: { place: Place; act: (action: Action) => void }) {
  const press = (): void => act({ type: "press", id: place.id });
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      press();
      return;
    }
    // Arrow keys go from cell to cell of one grid, which is a single stop for the tab key.
    const by =
      place.columns === null
        ? undefined
        : { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -place.columns, ArrowDown: place.columns }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const [grid, index] = [
      place.id.slice(0, place.id.lastIndexOf(":")),
      Number(place.id.slice(place.id.lastIndexOf(":") + 1)),
    ];
    const next = (event.currentTarget as SVGElement).parentElement?.querySelector<SVGElement>(
      `[data-id="${CSS.escape(`${grid}:${index + by}`)}"]`,
    );
    next?.focus();
  };
  return (
    <g
      class="handle press"
      role="button"
      tabindex={place.stop ? 0 : -1}
      aria-label={place.label}
      data-id={place.id}
      onClick={press}
      onKeyDown={key}
    >
      <title>{place.label}</title>
      <Cover place={place} />
    </g>
  );
}

/** Milliseconds within which one key follows another. */
const BURST = 400;

function Drag({ place, scene, act }: { place: Place; scene: Scene; act: (action: Action) => void }) {
  const { id, drag, step } = place;
  /** From the pointer to the mark's middle, so that it does not jump when it is seized. */
  const held = useRef<readonly [number, number] | null>(null);
  /** Where it was last sent, and when: keys may come faster than pictures, and each goes on from the one before. */
  const goal = useRef({ x: 0, y: 0, when: -Infinity });
  const send = (toX: number, toY: number): void => {
    const x = drag === "y" ? place.x : Math.min(scene.width, Math.max(0, toX));
    const y = drag === "x" ? place.y : Math.min(scene.height, Math.max(0, toY));
    goal.current = { x, y, when: performance.now() };
    act({ type: "drag", id, width: scene.width, x, y });
  };
  const down = (event: PointerEvent): void => {
    const point = pointIn(event, scene);
    if (point === null || event.button !== 0) return;
    (event.currentTarget as SVGElement).setPointerCapture(event.pointerId);
    held.current = [place.x - point[0], place.y - point[1]];
  };
  const move = (event: PointerEvent): void => {
    const point = held.current === null ? null : pointIn(event, scene);
    if (point !== null && held.current !== null) send(point[0] + held.current[0], point[1] + held.current[1]);
  };
  const up = (): void => {
    held.current = null;
  };
  const key = (event: KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    if (arrow === undefined) {
      if (place.press && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        act({ type: "press", id });
      }
      return;
    }
    event.preventDefault();
    const by = event.shiftKey ? 4 * step : step;
    // A handle that only moves sideways takes up and down for more and less.
    const [dx, dy] = drag === "x" ? [arrow[0] - arrow[1], 0] : drag === "y" ? [0, arrow[1] - arrow[0]] : arrow;
    const from = performance.now() - goal.current.when < BURST ? goal.current : place;
    send(from.x + by * dx, from.y + by * dy);
  };
  return (
    <g
      class="handle drag"
      role="application"
      aria-roledescription="handle"
      tabindex={0}
      aria-label={`${place.label}; arrow keys move it`}
      data-id={id}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={key}
      onClick={place.press ? () => act({ type: "press", id }) : undefined}
    >
      <title>{place.label}</title>
      <Cover place={place} />
    </g>
  );
}

/** The empty canvas where it can be pressed; by keyboard a cross is moved and set down. */
function Ground({ scene, act }: { scene: Scene; act: (action: Action) => void }) {
  const cross = useSignal<readonly [number, number] | null>(null);
  const drop = (x: number, y: number): void => act({ type: "drop", x, y, width: scene.width });
  const key = (event: KeyboardEvent): void => {
    const [x, y] = cross.value ?? [scene.width / 2, scene.height / 2];
    const arrow = ARROWS[event.key];
    if (arrow === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (arrow === undefined) return drop(x, y);
    const by = event.shiftKey ? 40 : 10;
    cross.value = [
      Math.min(scene.width, Math.max(0, x + by * arrow[0])),
      Math.min(scene.height, Math.max(0, y + by * arrow[1])),
    ];
  };
  let mark: ComponentChildren = null;
  if (cross.value !== null) {
    const [x, y] = cross.value;
    mark = <path class="cross" d={`M${x - 10} ${y}H${x + 10}M${x} ${y - 10}V${y + 10}`} />;
  }
  return (
    <g
      class="handle ground"
      role="application"
      aria-roledescription="canvas"
      tabindex={0}
      aria-label="Canvas; arrow keys move a cross, enter sets it down"
      onFocus={() => {
        cross.value ??= [scene.width / 2, scene.height / 2];
      }}
      onBlur={() => {
        cross.value = null;
      }}
      onPointerDown={(event) => {
        const point = pointIn(event, scene);
        if (point !== null && event.button === 0) {
          cross.value = point;
          drop(...point);
        }
      }}
      onKeyDown={key}
    >
      <rect class="target" x={0} y={0} width={scene.width} height={scene.height} />
      {mark}
    </g>
  );
}
