import { Fragment, useMemo, type ReactNode } from 'react';
import { outcomeWord } from '../analysis/decisions.ts';
import { compare, comparisonSentence, type IoDifference } from '../analysis/compare.ts';
import { distributionOf, PERCENTILES, totals } from '../analysis/statistics.ts';
import { NO_ROW, type Row } from '../base/units.ts';
import { RULES } from '../kernel/catalogue.ts';
import { iosOfLog } from '../state/derived.ts';
import { selectFinished } from '../state/selectors.ts';
import type { LogView } from '../log/view.ts';
import { duration } from './format.ts';
import { useApp, useVerbs } from './page.tsx';

/** After a change: which I/Os take another path, at which decision, with a link to it. */
export function ChangeStrip(): ReactNode {
  const recording = useApp(selectFinished);
  const previous = useApp((s) => s.previous);
  const changes = useMemo(
    () =>
      recording === null || previous === null || previous.version.opened !== recording.version.opened
        ? null
        : compare(iosOfLog(previous.log), iosOfLog(recording.log)),
    [recording, previous],
  );
  const { dismissChange } = useVerbs();
  if (changes === null || recording === null || previous === null) return null;
  const moved = changes.differences.filter((d) => d.pathA !== d.pathB);
  const [first] = moved;
  return (
    <div className="strip strip-change" role="status">
      <span>
        <strong>Against the run before</strong>: {comparisonSentence(changes)}
        {medianChange(previous.log, recording.log)}.{' '}
        {first !== undefined && <FirstParting difference={first} />}
        <Jumps differences={moved.slice(1)} />
      </span>
      <button type="button" className="button button-link" onClick={dismissChange}>
        Dismiss
      </button>
    </div>
  );
}

/** "; median 8.745 µs to 8.466 µs, −3 %"; '' where it is the same, or there is none. */
function medianChange(before: LogView, after: LogView): string {
  const a = medianOf(before);
  const b = medianOf(after);
  if (a === null || b === null || a === b) return '';
  const percent = Math.round((100 * (b - a)) / a);
  const sign = percent < 0 ? '−' : '+';
  return `; median ${duration(a)} to ${duration(b)}, ${percent === 0 ? 'below 1' : `${sign}${Math.abs(percent)}`} %`;
}

const medianOf = (log: LogView): number | null =>
  distributionOf(totals(iosOfLog(log)))?.percentiles_ns[PERCENTILES.indexOf(50)] ?? null;

/** More would hide the timeline. */
const MOST_JUMPS = 7;

/** To where the other changed I/Os part. */
function Jumps({ differences }: { readonly differences: readonly IoDifference[] }): ReactNode {
  const { moveCursor, select } = useVerbs();
  const known = differences.flatMap(({ name, parting }) =>
    parting === null || parting.b.row === NO_ROW ? [] : [{ name, row: parting.b.row }],
  );
  if (known.length === 0) return null;
  return (
    <>
      {' '}
      Also{' '}
      {known.slice(0, MOST_JUMPS).map(({ name, row }, i) => (
        <Fragment key={name}>
          {i > 0 && ', '}
          <button
            type="button"
            className="button button-link"
            onClick={() => {
              moveCursor(row);
              select(row);
            }}
          >
            {name}
          </button>
        </Fragment>
      ))}
      {known.length > MOST_JUMPS && ` and ${known.length - MOST_JUMPS} more`}.
    </>
  );
}

/** Where the ways part first, in words, with a link there. */
function FirstParting({ difference }: { readonly difference: IoDifference }): ReactNode {
  const { moveCursor, select } = useVerbs();
  const { parting } = difference;
  if (parting === null) return null;
  const { row, outcome } = parting.b;
  const asks = RULES.get(parting.rule)?.asks ?? parting.rule;
  const said = (value: number | null): string =>
    value === null ? 'not asked' : outcomeWord(parting.rule, value);
  const go = (to: Row): void => {
    moveCursor(to);
    select(to);
  };
  return (
    <>
      {difference.name} parts at “{asks}”: was {said(parting.a.outcome)}, now {said(outcome)}.{' '}
      {row !== NO_ROW && (
        <button type="button" className="button button-link" onClick={() => go(row)}>
          Show the decision
        </button>
      )}
    </>
  );
}
