import type { ReactNode } from 'react';
import type { Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { duration } from '../format.ts';
import { RowLink } from './part.tsx';

type Props = {
  readonly log: LogView;
  readonly cursor: Row;
  /** Those that are known, in their order. */
  readonly moments: readonly { readonly letter: string; readonly title: string; readonly row: Row }[];
};

/** Moments with the time between them. */
export function Moments({ log, cursor, moments }: Props): ReactNode {
  return (
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
  );
}
