import type { ReactNode } from 'react';
import type { Row } from '../../base/units.ts';
import { FUNCTIONS } from '../../kernel/catalogue.ts';
import { contextFlags, contextWords } from '../../log/context.ts';
import { Ev, EV_NAMES, NO_CPU } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { iosOfLog } from '../../state/derived.ts';
import { count, instant } from '../format.ts';
import { eventText } from '../event-text.ts';
import { useVerbs } from '../page.tsx';
import { valueText } from '../values.ts';

type Props = { readonly log: LogView; readonly row: Row; readonly cursor: Row };

/** What, where and when, with the context in ftrace's notation and in words. */
export function EventSummary({ log, row, cursor }: Props): ReactNode {
  const cpu = log.cpu(row);
  const context = log.context(row);
  const value = valueText(log, row);
  const about = log.objectName(log.object(row));
  const file = log.kind(row) === Ev.Enter ? FUNCTIONS.get(log.name(row))?.file : undefined;
  const ios = iosOfLog(log);
  const io = ios.ofObject(log.object(row));
  const path = io < 0 ? null : ios.path(io);
  return (
    <div className="event-summary">
      <h2>{eventText(log, row)}</h2>
      {row !== cursor && <SelectionNote row={row} />}
      <dl className="facts">
        <Fact name="event">
          {EV_NAMES[log.kind(row)]}, row {count(row)}
        </Fact>
        <Fact name="time">{instant(log.time(row))}</Fact>
        <Fact name="where">
          {cpu === NO_CPU ? (
            'outside of any CPU'
          ) : (
            <>
              CPU {cpu}, <code>{contextFlags(context)}</code> {contextWords(context)}
            </>
          )}
        </Fact>
        {about !== '' && <Fact name="about">{about}</Fact>}
        {path !== null && (
          <Fact name="path">
            <code>{path}</code>
          </Fact>
        )}
        {value !== '' && <Fact name="value">{value}</Fact>}
        {file !== undefined && (
          <Fact name="source">
            <code>{file}</code>
          </Fact>
        )}
      </dl>
    </div>
  );
}

/** Cursor and selection are two things: says so when they differ. */
function SelectionNote({ row }: { readonly row: Row }): ReactNode {
  const { moveCursor, select } = useVerbs();
  return (
    <p className="selection-note">
      Selected; the cursor is elsewhere.{' '}
      <button type="button" className="button button-link" onClick={() => moveCursor(row)}>
        Go there
      </button>{' '}
      <button type="button" className="button button-link" onClick={() => select(null)}>
        Clear the selection
      </button>
    </p>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
