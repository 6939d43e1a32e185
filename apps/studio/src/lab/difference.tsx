/** Yours, expected, difference: three grids in one scale, with the cells that differ outlined. */
import type { Difference } from "@gradus/lessons";
import { agree } from "@gradus/lessons/grade/numbers";
import { fixed, signOf } from "../look/number.ts";

const MOST_COLUMNS = 12,
  MOST_ROWS = 12;

export function Grids({ difference }: { difference: Difference }) {
  const { yours, expected, shape, tolerance, input } = difference;
  const columns = shape.at(-1) ?? 1;
  const gap = expected.map((value, i) => yours[i] - value);
  const wrong = expected.map((value, i) => !agree(yours[i], value, tolerance));
  const scale = Math.max(1e-12, ...[...yours, ...expected].filter(Number.isFinite).map(Math.abs));
  const decimals = [...yours, ...expected].every(Number.isInteger) ? 0 : 3;
  const grid = { columns, scale, wrong, decimals };
  return (
    <div class="difference">
      <Grid {...grid} title="Yours" values={yours} outlined={false} />
      <Grid {...grid} title="Expected" values={expected} outlined={false} />
      <Grid {...grid} title="Difference" about="yours − expected" values={gap} outlined />
      {input !== "" && (
        <p class="smallest">
          The smallest input that still fails: <span class="number">{input}</span>.
        </p>
      )}
    </div>
  );
}

interface GridProps {
  readonly title: string;
  readonly about?: string;
  readonly values: readonly number[];
  readonly columns: number;
  readonly scale: number;
  readonly wrong: readonly boolean[];
  readonly decimals: number;
  readonly outlined: boolean;
}
function Grid({ title, about, values, columns, scale, wrong, decimals, outlined }: GridProps) {
  const rows = Math.min(MOST_ROWS, Math.ceil(values.length / Math.max(1, columns)));
  const shown = Math.min(MOST_COLUMNS, columns);
  return (
    <table class="grid-table">
      <caption>
        {title} {about !== undefined && <span>{about}</span>}
      </caption>
      <tbody>
        {Array.from({ length: rows }, (_, row) => (
          <tr>
            {Array.from({ length: shown }, (_, column) => {
              const i = row * columns + column,
                value = values[i];
              if (value === undefined) return null;
              const sign = Number.isNaN(value) ? "zero" : signOf(value, decimals);
              return (
                <td
                  class={`${sign}${outlined && wrong[i] ? " off" : ""}`}
                  style={{ "--v": Math.min(1, Math.abs(value) / scale || 0).toFixed(2) }}
                >
                  {fixed(value, decimals)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
