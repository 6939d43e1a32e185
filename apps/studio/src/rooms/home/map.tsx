import type { TargetedPointerEvent } from "preact";
import { fixed } from "../../look/number.ts";
import { linePath } from "../../look/plot.ts";
import { useWidth } from "../../look/width.ts";
import { describe, type Descent } from "./descent.ts";
import { RANGE, type Weights } from "./landscape.ts";

const NUDGE = 0.1, MARGIN = 0.97;

/** The map: lines of equal loss, the way down, and a start that can be dragged or moved with the arrow keys. */
export function LossMap({ descent }: { descent: Descent }) {
  const { ref, width } = useWidth<HTMLDivElement>(900);
  const height = ref.current?.clientHeight ?? 560;
  const { contours, heights, stops, at, start } = descent;
  const grid = heights.value;
  const x = (a: number): number => (width.value * (a / RANGE.a + 1)) / 2;
  const y = (b: number): number => (height * (1 - b / RANGE.b)) / 2;
  const way = stops.value.slice(0, at.value + 1);
  const now = way[way.length - 1];
  const [startA, startB] = start.value.map((weight) => fixed(weight, 2));
  const within = (value: number, most: number): number => Math.min(most * MARGIN, Math.max(-most * MARGIN, value));
  const move = ([a, b]: Weights): void => descent.move([within(a, RANGE.a), within(b, RANGE.b)]);
  const drag = (event: TargetedPointerEvent<SVGGElement>): void => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.ownerSVGElement!.getBoundingClientRect();
    const right = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    move([RANGE.a * (2 * right - 1), RANGE.b * (1 - 2 * down)]);
  };
  const key = (event: KeyboardEvent): void => {
    const by: Readonly<Record<string, Weights>> = {
      ArrowLeft: [-NUDGE, 0], ArrowRight: [NUDGE, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE],
    };
    if (!Object.hasOwn(by, event.key)) return;
    event.preventDefault();
    move([start.value[0] + by[event.key][0], start.value[1] + by[event.key][1]]);
  };
  const labelLeft = now !== undefined && x(now.at[0]) > width.value - 130;
  const labelAt = now === undefined ? 0 : x(now.at[0]) + (labelLeft ? -16 : 16);
  return (
    <div class="ground" ref={ref}>
      <svg viewBox={`0 0 ${width.value} ${height}`} width={width.value} height={height}>
        {grid !== null && (
          <g transform={`scale(${width.value / (grid.columns - 1)} ${height / (grid.rows - 1)})`} aria-hidden="true">
            {contours.value.map(({ level, path }, i) => (
              <path key={level} class={i % 4 === 3 ? "line every" : "line"} d={path} />
            ))}
          </g>
        )}
        <g aria-hidden="true">
          <text class="place" x={x(0) + 16} y={y(0) + 24}>the pass</text>
          <text class="place" x={x(1.25)} y={y(1.25) + 34} text-anchor="middle">a valley</text>
          <text class="place" x={x(-1.25)} y={y(-1.25) + 34} text-anchor="middle">a valley</text>
          <path class="way" d={linePath(way.map((stop) => [x(stop.at[0]), y(stop.at[1])]))} />
          {way.slice(1, -1).map((stop) => <circle class="stop" cx={x(stop.at[0])} cy={y(stop.at[1])} r={2.6} />)}
        </g>
        {now !== undefined && at.value > 0 && (
          <g aria-hidden="true">
            <circle class="now" cx={x(now.at[0])} cy={y(now.at[1])} r={8} />
            <text x={labelAt} y={y(now.at[1]) - 4} text-anchor={labelLeft ? "end" : "start"}>
              <tspan class="value">loss {fixed(now.loss)}</tspan>
              <tspan x={labelAt} dy={18}>step {at.value}</tspan>
            </text>
          </g>
        )}
        <g class="start" role="application" tabindex={0} aria-roledescription="handle"
          aria-label={`Start of the descent, weights ${startA} and ${startB}; arrow keys move it`}
          onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); }}
          onPointerMove={drag} onKeyDown={key}>
          <circle class="target" cx={x(start.value[0])} cy={y(start.value[1])} r={22} />
          <circle class="ring" cx={x(start.value[0])} cy={y(start.value[1])} r={9} />
        </g>
      </svg>
    </div>
  );
}

export function MapStrip({ descent }: { descent: Descent }) {
  const { playing, stops, at } = descent;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <div class="strip ui">
      <button type="button" class="play" onClick={descent.toggle}>
        <svg viewBox="0 0 12 12" aria-hidden="true">
          <path d={playing.value ? "M1 0h4v12H1zM7 0h4v12H7z" : "M1 0l11 6-11 6z"} />
        </svg>
        <span>{playing.value ? "Pause" : still ? "Run to the end" : "Play"}</span>
      </button>
      <button type="button" onClick={descent.step}>Step</button>
      <button type="button" onClick={descent.reset}>Reset</button>
      <p class="say" aria-live={playing.value ? "off" : "polite"}>{describe(stops.value, at.value)}</p>
    </div>
  );
}

/** The way down so far, step by step. */
export function DescentTable({ descent }: { descent: Descent }) {
  const { stops, at } = descent;
  return (
    <table class="values">
      <caption>The descent so far: the two weights, the loss and the slope after each step</caption>
      <thead>
        <tr>
          {["step", "inner weight", "outer weight", "loss", "slope"].map((name) => <th scope="col">{name}</th>)}
        </tr>
      </thead>
      <tbody>
        {stops.value.slice(0, at.value + 1).map((stop, step) => (
          <tr key={step}>
            <th scope="row">{step}</th><td>{fixed(stop.at[0], 2)}</td><td>{fixed(stop.at[1], 2)}</td>
            <td>{fixed(stop.loss)}</td><td>{fixed(stop.slope)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
