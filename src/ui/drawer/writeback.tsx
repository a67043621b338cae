import { useMemo, useState, type ReactNode } from 'react';
import { waitsOf, writebackStatistics, type WritebackWaits } from '../../analysis/writeback-latency.ts';
import { WAITS, WbMoment } from '../../analysis/writeback-moments.ts';
import { NO_HAND_OVER, type WritebackTable } from '../../analysis/writeback.ts';
import { distributionOf } from '../../analysis/statistics.ts';
import { NO_ROW } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { selectFinished } from '../../state/selectors.ts';
import { count } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';
import { useWritebacks } from '../use-writebacks.ts';
import { DistributionCells, Head } from './statistics.tsx';
import { PercentileBars } from './writeback-bars.tsx';
import { Histogram } from './writeback-histogram.tsx';

/** The bios of writeback: where their time after the device goes, as parts that add up and as distributions. */
export function Writeback(): ReactNode {
  const recording = useApp(selectFinished);
  if (recording === null) return <p className="empty">Numbers come when the run has ended.</p>;
  return <Read log={recording.log} />;
}

function Read({ log }: { readonly log: LogView }): ReactNode {
  const table = useWritebacks(log);
  if (table === null) return <p className="empty">Reading the run …</p>;
  if (table.count === 0)
    return (
      <p className="empty">
        No writeback in this run has a bio: there are no dirty folios to write, or FUSE writes them back
        without one. Buffered writes make some; they are written once they are synced or the flusher comes.
      </p>
    );
  return <Panel table={table} />;
}

/** All of it, or one of `WAITS`. */
type Choice = 'total' | number;

function Panel({ table }: { readonly table: WritebackTable }): ReactNode {
  const waits = useMemo(() => waitsOf(table), [table]);
  const numbers = useMemo(() => writebackStatistics(table, waits), [table, waits]);
  const [choice, setChoice] = useState<Choice>('total');
  const show = useShowBio(table);
  const { ended, bios, errors, paths } = numbers;
  const durations_ns = durationsOf(waits, choice);
  return (
    <div className="table-scroll writeback" tabIndex={0} role="region" aria-label="Writeback">
      <p>
        {count(ended)} of {count(bios)} bios of writeback ended
        {errors > 0 ? `, ${count(errors)} with an error` : ''}. <HandOvers paths={paths} />
      </p>
      {numbers.total !== null && (
        <div className="writeback-parts">
          <PercentileBars waits={waits} name={(bio) => table.name(bio)} onShow={show} />
          <Histogram
            key={choice}
            title={choice === 'total' ? 'All of the time after the device' : (WAITS[choice]?.title ?? '')}
            durations_ns={durations_ns}
            name={(bio) => table.name(bio)}
            onShow={show}
          />
        </div>
      )}
      <Numbers waits={waits} choice={choice} onChoose={setChoice} />
    </div>
  );
}

type PathsProps = { readonly paths: ReturnType<typeof writebackStatistics>['paths'] };

/** Through which lists the bios went from context to context; "none" is a bio that ended where its interrupt was. */
function HandOvers({ paths }: PathsProps): ReactNode {
  const through = paths.filter(({ path }) => path !== NO_HAND_OVER);
  const direct = paths.find(({ path }) => path === NO_HAND_OVER)?.count ?? 0;
  return (
    <>
      {through.length > 0 && 'Handed over through '}
      {through.map(({ path, count: n }, i) => (
        <span key={path}>
          {i > 0 && ', '}
          <strong>{path}</strong>: {count(n)}
        </span>
      ))}
      {through.length > 0 && direct > 0 && '; '}
      {direct > 0 && (
        <span>
          {count(direct)} <strong>not handed over</strong>, but ended where the device’s completion ran
        </span>
      )}
      .
    </>
  );
}

const durationsOf = (waits: WritebackWaits, choice: Choice): Float64Array =>
  choice === 'total' ? waits.total_ns : (waits.waits_ns[choice] ?? waits.total_ns);

/** Follows a bio, and moves the cursor to where its time after the device begins. */
function useShowBio(table: WritebackTable): (bio: number) => void {
  const { moveCursor, select } = useVerbs();
  return (bio) => {
    const row = SHOWN.map((moment) => table.row(bio, moment)).find((r) => r !== NO_ROW);
    if (row === undefined) return;
    moveCursor(row);
    select(row);
  };
}

const SHOWN = [WbMoment.BioEnded, WbMoment.Found, WbMoment.DeviceDone, WbMoment.Made] as const;

type NumbersProps = {
  readonly waits: WritebackWaits;
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
};

/** The numbers of each part; a part's name shows its distribution. */
function Numbers({ waits, choice, onChoose }: NumbersProps): ReactNode {
  const rows: readonly { readonly key: Choice; readonly title: string; readonly tone: string }[] = [
    { key: 'total', title: 'all, from the device to the last folio or its waiter', tone: '' },
    ...WAITS.map(({ id, title }, i) => ({ key: i, title, tone: `wait-${id}` })),
  ];
  const distributions = useMemo(
    () => [distributionOf(waits.total_ns), ...waits.waits_ns.map((column) => distributionOf(column))],
    [waits],
  );
  return (
    <table className="writeback-table">
      <caption>Where the time after the device goes; the parts of a bio add up to its time</caption>
      <Head title="part" />
      <tbody>
        {rows.map(({ key, title, tone }, i) => (
          <tr key={key} aria-current={key === choice || undefined}>
            <th scope="row">
              <button
                type="button"
                className="button button-link"
                aria-pressed={key === choice}
                title="Show its distribution"
                disabled={distributions[i] === null}
                onClick={() => onChoose(key)}
              >
                {tone !== '' && <span className={`wait-key ${tone}`} aria-hidden />}
                {title}
              </button>
            </th>
            <DistributionCells d={distributions[i] ?? null} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
