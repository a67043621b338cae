import {
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import { upperBound } from '../../base/bisect.ts';
import { NO_ROW, type Row } from '../../base/units.ts';
import { contextFlags, contextWords } from '../../log/context.ts';
import { EV_NAMES, NO_CPU } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import { count, instant } from '../format.ts';
import { useApp, usePage, useVerbs } from '../page.tsx';
import { valueText } from '../values.ts';
import { useViewport } from './use-viewport.ts';
import { firstRow, scrollFor, scrollHeight } from './virtual-rows.ts';

type Props = {
  readonly log: LogView;
  /** Rows to show; null for all. */
  readonly found: Uint32Array | null;
  readonly total: number;
};

const COLUMNS = ['Row', 'Time', 'CPU', 'Context', 'Event', 'Name', 'About', 'Value'] as const;

/** A real table of which only the rows on screen exist. The one at the cursor is marked and kept in sight. */
export function EventTable({ log, found, total }: Props): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const row_px = useRowHeight();
  const viewport = useViewport(scroller);
  const cursor = useApp((s) => s.cursor);
  useCursorInSight(scroller, found, total, row_px);
  const onKeyDown = useListKeys(found, total, Math.max(1, Math.floor(viewport.height_px / row_px) - 2));

  const first = firstRow(total, row_px, viewport);
  const from = Math.floor(first);
  const end = Math.min(total, from + Math.ceil(viewport.height_px / row_px) + 2);
  const above = Math.max(0, viewport.scroll_px - (first - from) * row_px);
  const shown = Array.from({ length: Math.max(0, end - from) }, (_, i) => rowAt(found, from + i));
  return (
    <div
      className="table-scroll event-scroll"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="Events"
      data-arrows="vertical"
      onKeyDown={onKeyDown}
    >
      <table className="event-table" aria-rowcount={total + 1} style={widthsOf(log)}>
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height_px={above} />
          {shown.map((row, i) => (
            <EventRow
              key={row}
              log={log}
              row={row}
              index={from + i + 2}
              isCursor={row === cursor}
              isFuture={row > cursor}
            />
          ))}
          <Spacer height_px={scrollHeight(total, row_px) - above - shown.length * row_px} />
        </tbody>
      </table>
    </div>
  );
}

/** Widths of the numbers' columns, in characters of the longest. */
function widthsOf(log: LogView): CSSProperties {
  const last = log.rows - 1;
  const chars = {
    '--row-ch': count(last).length,
    '--time-ch': last < 0 ? 0 : instant(log.time(last)).length,
  };
  return chars as CSSProperties; // custom properties are not typed
}

/** Stands for the rows that are not there, so that the scrollbar is that of the whole list. */
function Spacer({ height_px }: { readonly height_px: number }): ReactNode {
  return <tr aria-hidden className="spacer" style={{ height: Math.max(0, height_px) }} />;
}

const rowAt = (found: Uint32Array | null, index: number): Row =>
  (found === null ? index : found[index]!) as Row;

type RowProps = {
  readonly log: LogView;
  readonly row: Row;
  readonly index: number;
  readonly isCursor: boolean;
  readonly isFuture: boolean;
};

function EventRow({ log, row, index, isCursor, isFuture }: RowProps): ReactNode {
  const verbs = useVerbs();
  const cpu = log.cpu(row);
  const context = log.context(row);
  return (
    <tr
      aria-rowindex={index}
      aria-current={isCursor || undefined}
      data-future={isFuture || undefined}
      onClick={() => {
        verbs.moveCursor(row);
        verbs.select(row);
      }}
    >
      <td className="number">{count(row)}</td>
      <td className="number">{instant(log.time(row))}</td>
      <td className="number">{cpu === NO_CPU ? '' : cpu}</td>
      <td className="mono" title={cpu === NO_CPU ? '' : contextWords(context)}>
        {cpu === NO_CPU ? '' : contextFlags(context)}
      </td>
      <td>{EV_NAMES[log.kind(row)]}</td>
      <td className="mono">{log.name(row)}</td>
      <td>{log.objectName(log.object(row))}</td>
      <td className="mono">{valueText(log, row)}</td>
    </tr>
  );
}

/** Height of a row in pixels; it follows the font size. The same in `drawer.css`. */
function useRowHeight(): number {
  const [height] = useState(() =>
    Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.75),
  );
  return height;
}

/** Scrolls when the cursor has moved out of sight, if following is on. */
function useCursorInSight(
  scroller: RefObject<HTMLDivElement | null>,
  found: Uint32Array | null,
  total: number,
  row_px: number,
): void {
  const cursor = useApp((s) => s.cursor);
  const follow = useApp((s) => s.follow);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || !follow || cursor === NO_ROW) return;
    const scroll = (row: number): void =>
      element.scrollTo({ top: scrollFor(row, total, row_px, element.clientHeight) });
    const index = found === null ? cursor : Math.max(0, upperBound(found, cursor) - 1);
    const height_px = element.clientHeight - row_px; // below the head
    const first = firstRow(total, row_px, { scroll_px: element.scrollTop, height_px: element.clientHeight });
    const last = first + height_px / row_px - 1;
    if (index < first) scroll(index - 1);
    else if (index > last) scroll(index - height_px / row_px + 2);
  }, [scroller, cursor, follow, found, total, row_px]);
}

/** Up and Down move the cursor along the list, Page Up and Page Down by a page, Enter selects. */
function useListKeys(found: Uint32Array | null, total: number, page: number): (event: KeyboardEvent) => void {
  const { store } = usePage();
  return (event) => {
    const { cursor, moveCursor, select } = store.getState();
    const at = found === null ? cursor : upperBound(found, cursor) - 1;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: found !== null && found[at] !== cursor ? at : at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: total - 1,
    }[event.key];
    if (to !== undefined) moveCursor(rowAt(found, Math.min(Math.max(to, 0), total - 1)));
    else if (event.key === 'Enter') select(cursor);
    else return;
    event.preventDefault();
  };
}
