import { scaleLinear, scalePoint } from 'd3-scale';
import type { ReactNode } from 'react';
import { type Column, COLUMNS, DEPTHS } from '../../experiment/published.ts';
import type { CvResult, RowResult } from '../../experiment/result.ts';
import { cvText, kiops, rowText, signed } from '../../experiment/words.ts';

const WIDTH = 420;
const HEIGHT = 300;
const LEFT = 34;
const RIGHT = 62;
const TOP = 16;
const BOTTOM = 40;
const MOST_IOPS = 900_000;
const TICKS = [0, 200_000, 400_000, 600_000, 800_000];

const x = scalePoint<number>(DEPTHS, [LEFT, WIDTH - RIGHT]).padding(0.3);
const y = scaleLinear([0, MOST_IOPS], [HEIGHT - BOTTOM, TOP]);
const atDepth = (depth: number): number => x(depth) ?? 0;

/**
 * Simulated and published IOPS over the queue depth. The columns have the colours of where their writes complete, and each a
 * shape of its own; published is hollow and dashed. The table beside it says the same.
 */
export function Chart({ shown }: { readonly shown: CvResult }): ReactNode {
  const title = `Simulated and published IOPS by queue depth, cv ${cvText(shown.cv_percent)}`;
  return (
    <figure className="experiment-chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}. The table has the numbers.`}>
        <Axes />
        {COLUMNS.map((column) => (
          <Lines key={column} column={column} rows={shown.rows.filter((row) => row.column === column)} />
        ))}
      </svg>
      <figcaption>
        <Legend />
      </figcaption>
    </figure>
  );
}

function Axes(): ReactNode {
  return (
    <g className="chart-axes">
      {TICKS.map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 6} y={y(tick)} dy="0.32em" textAnchor="end">
            {tick / 1000}
          </text>
        </g>
      ))}
      {DEPTHS.map((depth) => (
        <text key={depth} x={atDepth(depth)} y={HEIGHT - BOTTOM + 16} textAnchor="middle">
          {depth}
        </text>
      ))}
      <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} textAnchor="middle">
        queue depth
      </text>
      <text x={4} y={TOP - 4}>
        K IOPS
      </text>
    </g>
  );
}

function Lines({
  column,
  rows,
}: {
  readonly column: Column;
  readonly rows: readonly RowResult[];
}): ReactNode {
  const path = (iops: (row: RowResult) => number): string =>
    rows.map((row) => `${atDepth(row.depth)},${y(iops(row))}`).join(' ');
  const last = rows.at(-1);
  return (
    <g className={`chart-${column}`}>
      <polyline className="chart-published" points={path((row) => row.published_iops)} />
      <polyline className="chart-simulated" points={path((row) => row.iops)} />
      {rows.map((row) => (
        <g key={row.depth}>
          <title>{`${rowText(row)}: ${kiops(row.iops)} K simulated, ${kiops(row.published_iops)} K published, ${signed(row.error)}, ${row.role}`}</title>
          <Mark
            column={column}
            at={atDepth(row.depth)}
            to={y(row.published_iops)}
            className="mark-published"
            size={6}
          />
          <line
            className="chart-spread"
            x1={atDepth(row.depth)}
            x2={atDepth(row.depth)}
            y1={y(row.iops_min)}
            y2={y(row.iops_max)}
          />
          <Mark
            column={column}
            at={atDepth(row.depth)}
            to={y(row.iops)}
            className="mark-simulated"
            size={3.2}
          />
        </g>
      ))}
      {last !== undefined && (
        <text x={atDepth(last.depth) + 12} y={y(last.iops)} dy="0.32em">
          {column}
        </text>
      )}
    </g>
  );
}

type MarkProps = {
  readonly column: Column;
  readonly at: number;
  readonly to: number;
  readonly className: string;
  readonly size: number;
};

/** A square for stock, a circle for patched. */
function Mark({ column, at, to, className, size }: MarkProps): ReactNode {
  return column === 'stock' ? (
    <rect className={className} x={at - size} y={to - size} width={2 * size} height={2 * size} />
  ) : (
    <circle className={className} cx={at} cy={to} r={size} />
  );
}

const LEGEND = [
  ['stock', 'published', 'stock, published'],
  ['stock', 'simulated', 'stock (kworker), simulated'],
  ['patched', 'published', 'patched, published'],
  ['patched', 'simulated', 'patched (submitter’s task), simulated'],
] as const;

function Legend(): ReactNode {
  return (
    <ul className="chart-legend">
      {LEGEND.map(([column, what, text]) => (
        <li key={text}>
          <svg viewBox="0 0 36 14" width={36} height={14} className={`chart-${column}`} aria-hidden>
            <line className={`chart-${what}`} x1={1} x2={35} y1={7} y2={7} />
            <Mark
              column={column}
              at={18}
              to={7}
              className={`mark-${what}`}
              size={what === 'published' ? 5.5 : 3.2}
            />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}
