import type { ReactNode } from 'react';
import { type Moment, MOMENTS } from '../../analysis/moments.ts';
import { NO_ROW, type ObjectId, type Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { iosOfLog } from '../../state/derived.ts';
import { selectIo } from '../../state/selectors.ts';
import { duration } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';
import { Moments } from './moments.tsx';
import { Part } from './part.tsx';
import { WritebackSummary } from './writeback-summary.tsx';

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
  const follow = (
    <button
      type="button"
      className="button button-link"
      onClick={() => followIo(followed === null ? object : null)}
    >
      {followed === null ? 'Follow it' : 'Stop following'}
    </button>
  );
  if (ios.isWriteback(io))
    return (
      <Part title={ios.name(io)}>
        <p>{follow}</p>
        {log.complete && <WritebackSummary log={log} cursor={cursor} object={object} />}
      </Part>
    );
  return (
    <Part title={ios.name(io)}>
      <p>
        Path <code>{ios.path(io) ?? 'not decided yet'}</code>
        {Number.isNaN(total) ? '' : `, ${duration(total)} in all`} {follow}
      </p>
      <Moments log={log} cursor={cursor} moments={moments} />
    </Part>
  );
}
