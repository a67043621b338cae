import { Search } from 'lucide-react';
import { useDeferredValue, useMemo, useState, type ReactNode } from 'react';
import { upperBound } from '../../base/bisect.ts';
import { NO_ROW, type Row } from '../../base/units.ts';
import { memo } from '../../state/derived.ts';
import { EVENT_GROUP_IDS, EVENT_GROUPS, type EventGroup, filteredRows } from '../../state/event-filter.ts';
import { selectIo } from '../../state/selectors.ts';
import { count } from '../format.ts';
import { useApp, usePage, useVerbs } from '../page.tsx';
import { SEARCH_ID } from '../page-verbs.ts';
import { EventTable } from './event-table.tsx';

/** Every event of the log as a table: searched, filtered, and in step with the cursor. */
export function EventList(): ReactNode {
  const recording = useApp((s) => s.recording);
  const rows = useApp((s) => s.rows);
  const search = useDeferredValue(useApp((s) => s.search));
  const [group, setGroup] = useState<EventGroup>('all');
  const [onlyIo, setOnlyIo] = useState(false);
  const followed = useApp(selectIo);
  const io = onlyIo ? followed : null;
  const find = useMemo(
    () =>
      memo((text: string) =>
        recording === null ? null : filteredRows(recording.log, rows, { text, group, io }),
      ),
    [recording, rows, group, io],
  );
  const found = find(search);
  if (recording === null)
    return <p className="empty">No events yet: the run has not begun. Choose a scenario above.</p>;
  const total = found?.length ?? rows;
  return (
    <div className="events">
      <div className="events-tools" role="search">
        <SearchField find={find} rows={rows} />
        <select
          aria-label="Kind of events"
          value={group}
          onChange={(event) => setGroup(groupOf(event.target.value))}
        >
          {EVENT_GROUP_IDS.map((id) => (
            <option key={id} value={id}>
              {EVENT_GROUPS[id].title}
            </option>
          ))}
        </select>
        <label className="check">
          <input type="checkbox" checked={onlyIo} onChange={(event) => setOnlyIo(event.target.checked)} />
          this I/O only
        </label>
        <span className="muted" role="status">
          {found === null ? `${count(total)} events` : `${count(total)} of ${count(rows)} events`}
        </span>
      </div>
      {total === 0 ? <NothingFound /> : <EventTable log={recording.log} found={found} total={total} />}
    </div>
  );
}

const groupOf = (text: string): EventGroup => EVENT_GROUP_IDS.find((id) => id === text) ?? 'all';

type SearchProps = {
  /** The rows that are found for a text; null for all. */
  readonly find: (text: string) => Uint32Array | null;
  readonly rows: number;
};

/** Enter goes to the next event that is found, Shift+Enter to the one before, from the cursor on and round the end. */
function SearchField({ find, rows }: SearchProps): ReactNode {
  const { store } = usePage();
  const search = useApp((s) => s.search);
  const { setSearch, moveCursor } = useVerbs();
  const go = (by: 1 | -1): void => {
    const { cursor, search: typed } = store.getState();
    const next = neighbour(find(typed), rows, cursor, by); // the list may lag behind a fast typist
    if (next !== null) moveCursor(next);
  };
  return (
    <span className="search">
      <Search aria-hidden size={15} />
      <input
        id={SEARCH_ID}
        type="search"
        aria-label="Search events"
        placeholder="Function, field, rule, object …"
        title="Enter: next, Shift+Enter: previous"
        value={search}
        maxLength={200}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
        }}
      />
    </span>
  );
}

/** The next row of `found` after (or before) `from`, round the end. */
function neighbour(found: Uint32Array | null, rows: number, from: Row, by: 1 | -1): Row | null {
  const total = found?.length ?? rows;
  if (total === 0) return null;
  const start = from === NO_ROW ? -1 : from;
  const after = found === null ? start + 1 : upperBound(found, start);
  const here = found === null || found[after - 1] === start ? 1 : 0;
  const index = by === 1 ? after : after - 1 - here;
  const wrapped = (index + total) % total;
  return (found === null ? wrapped : found[wrapped]!) as Row;
}

function NothingFound(): ReactNode {
  const { setSearch } = useVerbs();
  const search = useApp((s) => s.search);
  return (
    <p className="empty">
      No event passes the filter.{' '}
      {search !== '' && (
        <button type="button" className="button button-link" onClick={() => setSearch('')}>
          Clear the search
        </button>
      )}
    </p>
  );
}
