import { useId, type ReactNode } from 'react';
import type { Options } from '../../experiment/plan.ts';
import { PARAMETER_IDS, PARAMETERS } from '../../experiment/point.ts';
import { DEPTHS, PUBLISHED, TOLERANCE } from '../../experiment/published.ts';
import { type CvResult, gainOf, isWithin, type RowResult } from '../../experiment/result.ts';
import { cvText, kiops, percent, rowText, signed, spreadText } from '../../experiment/words.ts';

type ShownProps = { readonly shown: CvResult };

/** Simulated beside published. */
export function RowTable({ shown, options }: ShownProps & { readonly options: Options }): ReactNode {
  return (
    <Table label="Throughput" caption={`Throughput in K IOPS, cv ${cvText(shown.cv_percent)}`}>
      <Head cells={['row', 'role', 'simulated', 'published', 'error', 'spread']} texts={2} />
      <tbody>
        {shown.rows.map((row) => (
          <tr key={rowText(row)}>
            <th scope="row">{rowText(row)}</th>
            <td>{row.role}</td>
            <Numbers
              cells={[
                kiops(row.iops),
                String(row.published_iops / 1000),
                <ErrorText key="error" row={row} />,
                spreadText(row, options),
              ]}
            />
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** What patched gains over stock. */
export function GainTable({ shown }: ShownProps): ReactNode {
  return (
    <Table label="Gain" caption="Gain of patched over stock, by queue depth">
      <Head cells={['depth', ...DEPTHS.map(String)]} />
      <tbody>
        {(['simulated', 'published'] as const).map((what) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <Numbers cells={DEPTHS.map((depth) => signed(gainOf(shown, depth)[what]))} />
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** Where the CPU time of an I/O goes, beside its throughput. */
export function CpuTable({ shown }: ShownProps): ReactNode {
  const heads = [
    'row',
    'K IOPS',
    'interrupt',
    'user',
    'kernel',
    'kworker',
    'idle',
    'kworker share',
    'switches',
    'items a run',
  ];
  return (
    <Table
      label="CPU time"
      caption={`CPU time of an I/O in ns on fio’s CPU, cv ${cvText(shown.cv_percent)}; switches an I/O, and work items that a kworker does in one run`}
    >
      <Head cells={heads} />
      <tbody>
        {shown.rows.map((row) => (
          <tr key={rowText(row)}>
            <th scope="row">{rowText(row)}</th>
            <Numbers cells={[kiops(row.iops), ...cpuCells(row)]} />
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function cpuCells(row: RowResult): string[] {
  const { hardirq, softirq, user, kernel, kworker, idle } = row.cpu_ns_per_io;
  return [
    ...[hardirq + softirq, user, kernel, kworker, idle].map((ns) => ns.toFixed(0)),
    `${(row.kworker_utilisation * 100).toFixed(1)} %`,
    row.switches_per_io.toFixed(2),
    row.items_per_kworker_run?.toFixed(2) ?? '–',
  ];
}

type CvProps = {
  readonly sweep: readonly CvResult[];
  readonly shown: CvResult;
  readonly onShow: (cv_percent: number) => void;
};

/** The error of every row for every coefficient of variation; the button of a column shows it above. */
export function CvTable({ sweep, shown, onShow }: CvProps): ReactNode {
  return (
    <Table
      label="Errors by coefficient of variation"
      caption={`Error of each row for each coefficient of variation (cv) of the device. In brackets: fitted. ! : predicted, and farther off than ${percent(TOLERANCE)}.`}
    >
      <thead>
        <tr>
          <th scope="col">cv</th>
          {sweep.map((cv) => (
            <th key={cv.cv_percent} scope="col" className="number">
              <button
                type="button"
                className="button button-edged"
                aria-pressed={cv === shown}
                aria-label={`Show cv ${cvText(cv.cv_percent)}`}
                onClick={() => onShow(cv.cv_percent)}
              >
                {cvText(cv.cv_percent)}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {PUBLISHED.map((row, i) => (
          <tr key={rowText(row)}>
            <th scope="row">{rowText(row)}</th>
            <Numbers
              cells={sweep.map(({ rows }) => rows.slice(i, i + 1).map((r) => <ErrorText key={i} row={r} />))}
            />
          </tr>
        ))}
        <tr className="experiment-sum">
          <th scope="row">all predicted</th>
          <Numbers
            cells={sweep.map((cv) => `${isWithin(cv) ? 'within' : 'not within'} ${percent(TOLERANCE)}`)}
          />
        </tr>
      </tbody>
    </Table>
  );
}

/** What was fitted, for every coefficient of variation. */
export function ParameterTable({ sweep }: { readonly sweep: readonly CvResult[] }): ReactNode {
  return (
    <Table
      label="Fitted parameters"
      caption="Fitted parameters in ns, and the largest error that is left in a fitted row"
    >
      <Head cells={['cv', ...PARAMETER_IDS.map((id) => PARAMETERS[id].title), 'left']} />
      <tbody>
        {sweep.map(({ cv_percent, parameters, fit_error }) => (
          <tr key={cv_percent}>
            <th scope="row">{cvText(cv_percent)}</th>
            <Numbers
              cells={[
                ...PARAMETER_IDS.map((id) => parameters[id].toFixed(0)),
                `${(fit_error * 100).toFixed(1)} %`,
              ]}
            />
          </tr>
        ))}
        <tr>
          <th scope="row">sets</th>
          {PARAMETER_IDS.map((id) => (
            <td key={id} className="experiment-sets">
              {PARAMETERS[id].sets}
            </td>
          ))}
          <td />
        </tr>
      </tbody>
    </Table>
  );
}

/** An error with a mark where a prediction misses, and brackets where it is a fit. */
function ErrorText({ row }: { readonly row: RowResult }): ReactNode {
  const text = signed(row.error);
  if (row.role === 'fitted') return <span className="muted">({text})</span>;
  return Math.abs(row.error) > TOLERANCE ? <strong className="experiment-far">! {text}</strong> : text;
}

type TableProps = { readonly label: string; readonly caption: string; readonly children: ReactNode };

/** The caption stays where it is while a wide table scrolls. */
export function Table({ label, caption, children }: TableProps): ReactNode {
  const captionId = useId();
  return (
    <div className="experiment-table">
      <p id={captionId}>{caption}</p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
        <table aria-labelledby={captionId}>{children}</table>
      </div>
    </div>
  );
}

/** The first `texts` columns hold no numbers. */
export function Head({
  cells,
  texts = 1,
}: {
  readonly cells: readonly string[];
  readonly texts?: number;
}): ReactNode {
  return (
    <thead>
      <tr>
        {cells.map((cell, i) => (
          // Two columns may have one name.
          <th key={i} scope="col" className={i < texts ? '' : 'number'}>
            {cell}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Cells of figures. */
export function Numbers({ cells }: { readonly cells: readonly ReactNode[] }): ReactNode {
  return cells.map((cell, i) => (
    <td key={i} className="number">
      {cell}
    </td>
  ));
}
