import { useMemo, type ReactNode } from 'react';
import { whyChain } from '../../analysis/journey.ts';
import { NO_ROW, type Row } from '../../base/units.ts';
import { Ev, NO_CPU } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { effectsOf } from '../../state/effects.ts';
import { eventText } from '../event-text.ts';
import { duration } from '../format.ts';
import { Part, RowLink } from './part.tsx';

type Props = { readonly log: LogView; readonly row: Row };

/** Links of a chain that are shown before the rest is folded away. */
const AT_FIRST = 4;

/** What made the event happen, and what that, back to the start of the run. */
export function Causes({ log, row }: Props): ReactNode {
  const chain = useMemo(() => whyChain(log, row).slice(1), [log, row]);
  if (chain.length === 0) return null;
  const rows = chain.map((why) => why.row);
  return (
    <Part title="Because of">
      <CauseList log={log} rows={rows.slice(0, AT_FIRST)} from={row} />
      {rows.length > AT_FIRST && (
        <details className="more">
          <summary>{rows.length - AT_FIRST} more, back to the start</summary>
          <CauseList log={log} rows={rows.slice(AT_FIRST)} from={rows[AT_FIRST - 1] ?? row} />
        </details>
      )}
    </Part>
  );
}

type ListProps = { readonly log: LogView; readonly rows: readonly Row[]; readonly from: Row };

function CauseList({ log, rows, from }: ListProps): ReactNode {
  return (
    <ol className="row-links">
      {rows.map((cause, i) => (
        <li key={cause}>
          <RowLink row={cause}>{eventText(log, cause)}</RowLink>{' '}
          <Where log={log} row={cause} than={rows[i - 1] ?? from} />
        </li>
      ))}
    </ol>
  );
}

/** CPU and how much earlier or later. */
function Where({ log, row, than }: Props & { readonly than: Row }): ReactNode {
  const cpu = log.cpu(row);
  const apart = Math.abs(log.time(than) - log.time(row));
  return (
    <span className="muted">
      {cpu === NO_CPU ? 'no CPU' : `CPU ${cpu}`}
      {apart > 0 && `, ${duration(apart)} ${row < than ? 'before' : 'later'}`}
    </span>
  );
}

const MOST_EFFECTS = 12;
const DULL: readonly Ev[] = [Ev.Exit, Ev.Input, Ev.IrqEnd, Ev.SoftirqEnd];

/** What the event made happen. */
export function Effects({ log, row }: Props): ReactNode {
  return (
    <Part title="Led to" open={false}>
      <EffectList log={log} row={row} />
    </Part>
  );
}

function EffectList({ log, row }: Props): ReactNode {
  const effects = useMemo(
    () =>
      effectsOf(log, row, MOST_EFFECTS, (r) => {
        const kind = log.kind(r);
        return !DULL.includes(kind) && !(kind === Ev.Set && log.prev(r) === NO_ROW);
      }),
    [log, row],
  );
  if (effects.length === 0) return <p className="muted">Nothing that is modelled.</p>;
  return (
    <>
      <CauseList log={log} rows={effects} from={row} />
      {effects.length === MOST_EFFECTS && <p className="muted">and more</p>}
    </>
  );
}
