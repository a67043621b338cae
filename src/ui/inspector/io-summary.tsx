import type { ReactNode } from 'react';
import { type Moment, MOMENTS } from '../../analysis/moments.ts';
import { NO_ROW, type ObjectId, type Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { iosOfLog } from '../../state/derived.ts';
import { selectIo } from '../../state/selectors.ts';
import { duration } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Part, RowLink } from './part.tsx';

type Props = { readonly log: LogView; readonly cursor: Row };

/** The I/O that is followed: its path, and its moments with the time between them. */
export function IoSummary({ log, cursor }: Props): ReactNode {
  const object = useApp(selectIo);
  if (object === null) return null;
  return <Io log={log} cursor={cursor} object={object} />;
}

function Io({ log, cursor, object }: Props & { readonly object: ObjectId }): ReactNode {
  const followed = useApp((s) => s.io);
  const { followIo } = useVerbs();
  const ios = iosOfLog(log);
  const io = ios.ofObject(object);
  if (io < 0) return null;
  const moments = MOMENTS.flatMap((moment, m) => {
    const row = ios.row(io, m as Moment);
    return row === NO_ROW ? [] : [{ ...moment, row }];
  });
  const total = ios.total_ns(io);
  return (
    <Part title={ios.name(io)}>
      <p>
        Path <code>{ios.path(io) ?? 'not decided yet'}</code>
        {Number.isNaN(total) ? '' : `, ${duration(total)} in all`}{' '}
        <button
          type="button"
          className="button button-link"
          onClick={() => followIo(followed === null ? object : null)}
        >
          {followed === null ? 'Follow it' : 'Stop following'}
        </button>
      </p>
      <ol className="moments">
        {moments.map(({ letter, title, row }, i) => (
          <li key={letter} data-future={row > cursor || undefined}>
            <span className="moment-letter mono" aria-hidden>
              {letter}
            </span>
            <RowLink row={row}>{title}</RowLink>
            <span className="number muted">
              {i === 0 ? '' : `+ ${duration(log.time(row) - log.time(moments[i - 1]?.row ?? row))}`}
            </span>
          </li>
        ))}
      </ol>
    </Part>
  );
}
