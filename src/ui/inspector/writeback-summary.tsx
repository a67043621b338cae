import type { ReactNode } from 'react';
import { momentsOf, waitsInto } from '../../analysis/writeback-latency.ts';
import { WAITS, WB_MOMENTS } from '../../analysis/writeback-moments.ts';
import { NO_HAND_OVER, type WritebackTable } from '../../analysis/writeback.ts';
import { NO_OBJECT, NO_ROW, type ObjectId, type Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { count, duration } from '../format.ts';
import { useWritebacks } from '../use-writebacks.ts';
import { Moments } from './moments.tsx';
import { RowLink } from './part.tsx';

type Props = { readonly log: LogView; readonly cursor: Row; readonly object: ObjectId };

/** The bio of writeback that is followed: its lists, what its time after the device went into, its folios and moments. */
export function WritebackSummary({ log, cursor, object }: Props): ReactNode {
  const table = useWritebacks(log);
  const bio = table?.ofObject(object) ?? -1;
  if (table === null || bio < 0) return <p className="muted">Reading the run …</p>;
  const moments = momentsOf(table, bio).map((m) => ({
    letter: WB_MOMENTS[m]?.letter ?? '',
    title: WB_MOMENTS[m]?.title ?? '',
    row: table.row(bio, m),
  }));
  return (
    <>
      <p>
        {table.path(bio) === NO_HAND_OVER ? (
          'Not handed over'
        ) : (
          <>
            Handed over through <code>{table.path(bio)}</code>
          </>
        )}
        {table.endIo(bio) !== '' && (
          <>
            , handler <code>{table.endIo(bio)}</code>
          </>
        )}
      </p>
      <Waits table={table} bio={bio} />
      <Folios log={log} table={table} bio={bio} />
      <Moments log={log} cursor={cursor} moments={moments} />
    </>
  );
}

type BioProps = { readonly table: WritebackTable; readonly bio: number };

function Waits({ table, bio }: BioProps): ReactNode {
  const waits = new Float64Array(WAITS.length);
  const total_ns = waitsInto(table, bio, waits);
  if (Number.isNaN(total_ns)) return <p className="muted">It has not ended in this run.</p>;
  return (
    <table className="fields">
      <caption>After the device: {duration(total_ns)}</caption>
      <tbody>
        {WAITS.map(({ id, short }, i) => {
          const ns = waits[i] ?? NaN;
          return Number.isNaN(ns) ? null : (
            <tr key={id}>
              <th scope="row">
                <span className={`wait-key wait-${id}`} aria-hidden />
                {short}
              </th>
              <td className="number">{duration(ns)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** More are counted, not named. */
const MOST_FOLIOS = 6;

function Folios({ log, table, bio }: BioProps & { readonly log: LogView }): ReactNode {
  const folios = table.folios(bio);
  const file = table.file(bio);
  const { folios: dropped, last } = table.dropped(bio);
  const names = folios.slice(0, MOST_FOLIOS).map((folio) => log.objectName(folio));
  const more = folios.length > MOST_FOLIOS ? ` and ${count(folios.length - MOST_FOLIOS)} more` : '';
  return (
    <p>
      {count(folios.length)} {folios.length === 1 ? 'folio' : 'folios'}
      {file === NO_OBJECT ? '' : ` of ${log.objectName(file)}`}
      {names.length > 0 ? `: ${names.join(', ')}${more}` : ''}
      {last !== NO_ROW && (
        <>
          ; {count(dropped)} dropped,{' '}
          <RowLink row={last}>the last {duration(log.time(last))} into the run</RowLink>
        </>
      )}
      .
    </p>
  );
}
