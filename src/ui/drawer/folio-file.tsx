import { memo, useEffect, useId, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { FolioBit, type FolioStates, newestBy } from '../../analysis/folios.ts';
import type { Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { bytes, count } from '../format.ts';
import { useApp, useVerbs } from '../page.tsx';
import {
  type Cell,
  cellsOf,
  type FileLayout,
  GAP_PX,
  type GridSize,
  neighbourOf,
  placeOfOffset,
  rowOfPiece,
  rowsOf,
} from './folio-layout.ts';
import { letterOf, lettersOf, placeWords, stateWords, toneOf } from './folio-words.ts';

/** Height of a file's name and numbers: a line, or where that is too narrow for them, as many as they need. */
export const headHeight = (width_px: number): number => (width_px < 380 ? 64 : width_px < 720 ? 46 : 26);

type Props = {
  readonly log: LogView;
  /** At the cursor. */
  readonly states: FolioStates;
  readonly layout: FileLayout;
  readonly size: GridSize;
  readonly cursor: Row;
  readonly top: number;
  readonly head_px: number;
  readonly pad_px: number;
  /** What of the grid is on screen, in pixels from its top. */
  readonly seen: { readonly from: number; readonly to: number };
  /** The pointer or the focus is on a folio; -1: on none any more. */
  readonly onPoint: (folio: number) => void;
  readonly onFocusFolio: (folio: number) => void;
  readonly scroller: RefObject<HTMLDivElement | null>;
};

/** One file: its name and numbers, and its folios as the options of a list that is wrapped to the width. */
export function FolioFileGrid(props: Props): ReactNode {
  const { log, states, layout, size, cursor, top, head_px, pad_px, seen, onPoint, onFocusFolio } = props;
  const { table } = states;
  const id = useId();
  const [active, setActive] = useState(0);
  const [isFocused, setIsFocused] = useState(false);
  const goTo = useGoTo();
  useFollowing(props);
  const folioAt = (piece: number): number => newestBy(table, layout.folios[piece] ?? [], cursor);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') goTo(states, folioAt(active));
    else {
      const next = neighbourOf(layout, table, active, event.key, cursor);
      if (next === null) return;
      setActive(next);
      onFocusFolio(folioAt(next));
      reveal(props, rowOfPiece(layout, next));
    }
    event.preventDefault();
  };
  const first = Math.max(0, Math.floor(seen.from / size.row_px));
  const end = Math.min(rowsOf(layout), Math.ceil(seen.to / size.row_px));
  const shown = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  const name = log.objectName(layout.file.inode);
  const activeFolio = folioAt(active);
  return (
    <section className="folio-file" style={{ top }} aria-label={`File ${name}`}>
      <p className="folio-head" style={{ height: head_px, paddingInline: pad_px }}>
        <strong>{name}</strong> <FileNumbers states={states} layout={layout} cursor={cursor} />
      </p>
      <div
        className={`folio-grid ${size.isRoomy ? '' : 'folio-compact'}`}
        style={{ height: rowsOf(layout) * size.row_px, marginInline: pad_px }}
        role="listbox"
        tabIndex={0}
        aria-label={`Folios of ${name}`}
        aria-activedescendant={isFocused && activeFolio >= 0 ? `${id}-${activeFolio}` : undefined}
        onKeyDown={onKeyDown}
        onFocus={() => {
          setIsFocused(true);
          onFocusFolio(activeFolio);
        }}
        onBlur={() => {
          setIsFocused(false);
          onFocusFolio(-1);
        }}
        onPointerLeave={() => onPoint(-1)}
      >
        {shown.map((gridRow) =>
          cellsOf(layout, table, gridRow, cursor).map((cell) => (
            <FolioCell
              key={`${gridRow}.${cell.first}`}
              id={`${id}-${cell.folio}`}
              x={cell.x}
              y={gridRow * size.row_px}
              width={cell.width - CELL_GAP_PX}
              height={size.row_px - CELL_GAP_PX}
              kind={kindOf(cell)}
              folio={cell.folio}
              index={cell.folio < 0 ? 0 : table.indexOf(cell.folio)}
              order={cell.folio < 0 ? 0 : table.orderOf(cell.folio)}
              state={cell.folio < 0 ? 0 : states.stateOf(cell.folio)}
              isRoomy={size.isRoomy}
              isNow={cell.folio >= 0 && states.changedIn(cell.folio) === cursor}
              isActive={isFocused && cell.folio >= 0 && cell.folio === activeFolio}
              onPoint={onPoint}
              onGo={() => {
                setActive(cell.first);
                goTo(states, cell.folio);
              }}
            />
          )),
        )}
        <SizeMarks states={states} layout={layout} size={size} cursor={cursor} />
      </div>
    </section>
  );
}

/** Between cells. */
const CELL_GAP_PX = 3;

const kindOf = (cell: Cell): 'folio' | 'gap' | 'never' =>
  cell.isGap ? 'gap' : cell.folio < 0 ? 'never' : 'folio';

/** Moves the cursor to what last changed a folio. */
function useGoTo(): (states: FolioStates, folio: number) => void {
  const { moveCursor, select } = useVerbs();
  return (states, folio) => {
    if (folio < 0) return;
    const row = states.changedIn(folio);
    moveCursor(row);
    select(row);
  };
}

/** Scrolls as little as shows a row of the grid. */
function reveal({ scroller, top, head_px, size }: Props, gridRow: number): void {
  const element = scroller.current;
  if (element === null) return;
  const from = top + head_px + gridRow * size.row_px;
  if (from - head_px < element.scrollTop) element.scrollTop = from - head_px;
  else if (from + size.row_px > element.scrollTop + element.clientHeight)
    element.scrollTop = from + size.row_px - element.clientHeight;
}

/** While the page follows the cursor: the folio that the event at the cursor is about comes into sight. */
function useFollowing(props: Props): void {
  const { log, states, layout, cursor } = props;
  const follow = useApp((s) => s.follow);
  useEffect(() => {
    if (!follow || cursor >= log.rows) return;
    const folio = states.table.ofObject(log.object(cursor));
    if (folio < 0 || log.objectParent(log.object(cursor)) !== layout.file.inode) return;
    const piece = layout.page.indexOf(states.table.indexOf(folio));
    if (piece >= 0) reveal(props, rowOfPiece(layout, piece));
    // Only a move of the cursor scrolls; what else changes must not take the reader elsewhere.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [cursor, follow]);
}

type CellProps = {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly kind: 'folio' | 'gap' | 'never';
  readonly folio: number;
  readonly index: number;
  readonly order: number;
  readonly state: number;
  readonly isRoomy: boolean;
  /** The event at the cursor changed it. */
  readonly isNow: boolean;
  readonly isActive: boolean;
  readonly onPoint: (folio: number) => void;
  readonly onGo: () => void;
};

/** One folio, or a place without. It is shown anew only when something of it has changed. */
const FolioCell = memo(
  function FolioCell(props: CellProps): ReactNode {
    const { id, x, y, width, height, kind, folio, index, order, state, isRoomy, isNow, isActive } = props;
    const style = { left: x, top: y, width, height };
    if (kind === 'gap')
      return (
        <span className="folio-gap" style={{ ...style, width: GAP_PX - CELL_GAP_PX }} aria-hidden>
          ⋯
        </span>
      );
    if (kind === 'never') return <span className="folio folio-never" style={style} aria-hidden />;
    const [data, other] = lettersOf(state);
    const locked = (state & FolioBit.Locked) !== 0 ? 'folio-locked' : '';
    return (
      <div
        id={id}
        role="option"
        aria-selected={isActive}
        aria-label={`${placeWords(index, order)}: ${stateWords(state)}`}
        className={`folio tone-${toneOf(state)} ${locked} ${isNow ? 'folio-now' : ''}`}
        style={style}
        onPointerEnter={() => props.onPoint(folio)}
        onClick={props.onGo}
      >
        {isRoomy ? (
          <>
            <span className="folio-data">{data}</span>
            <span className="folio-other">{other}</span>
          </>
        ) : (
          letterOf(state)
        )}
      </div>
    );
  },
  (a, b) => KEYS.every((key) => a[key] === b[key]),
);

/** What a cell shows; its handlers are made anew each time and do the same. */
const KEYS = [
  'id',
  'x',
  'y',
  'width',
  'height',
  'kind',
  'folio',
  'index',
  'order',
  'state',
  'isRoomy',
  'isNow',
  'isActive',
] as const;

type FileProps = Pick<Props, 'states' | 'layout' | 'cursor'>;

/** "12 folios in the cache, 3 dirty, 2 under writeback; i_size 64 KiB, 60 KiB on disk". */
function FileNumbers({ states, layout, cursor }: FileProps): ReactNode {
  const { table } = states;
  const { present, dirty, writeback } = states.countsOf(table.fileOf(layout.file.folios[0] ?? 0));
  const { i_size, i_disksize } = table.sizesAt(layout.file.inode, cursor);
  const size = (value: number): string => (Number.isNaN(value) ? 'unknown' : bytes(value));
  return (
    <span className="folio-numbers">
      {count(present)} {present === 1 ? 'folio' : 'folios'} in the cache, {count(dirty)} dirty,{' '}
      {count(writeback)} under writeback; i_size {size(i_size)}, {size(i_disksize)} on disk
    </span>
  );
}

/** Where the file ends, in memory and on disk, if that is among its folios. */
function SizeMarks({ states, layout, size, cursor }: FileProps & { readonly size: GridSize }): ReactNode {
  const { i_size, i_disksize } = states.table.sizesAt(layout.file.inode, cursor);
  const marks = [
    { key: 'size', flag: '▾', at: i_size },
    { key: 'disk', flag: '▿', at: i_disksize },
  ];
  return marks.map(({ key, flag, at }) => {
    const place = Number.isNaN(at) || at === 0 ? null : placeOfOffset(layout, at);
    if (place === null) return null;
    const style = { left: place.x - 2, top: place.gridRow * size.row_px, height: size.row_px - CELL_GAP_PX };
    return (
      <span key={key} className={`folio-mark folio-mark-${key}`} style={style} aria-hidden>
        {flag}
      </span>
    );
  });
}
