import { useMemo, useRef, useState, type ReactNode } from 'react';
import { type FolioStates } from '../../analysis/folios.ts';
import { narrate } from '../../analysis/narrate.ts';
import { NO_ROW, type Row } from '../../base/units.ts';
import type { LogView } from '../../log/view.ts';
import { foliosOfLog } from '../../state/derived.ts';
import { instant } from '../format.ts';
import { RowLink } from '../inspector/part.tsx';
import { useApp } from '../page.tsx';
import { FolioFileGrid, headHeight } from './folio-file.tsx';
import { type FileLayout, layOutFile, rowsOf, sizeFor } from './folio-layout.ts';
import { MARKS, placeWords, stateWords } from './folio-words.ts';
import { useViewport } from './use-viewport.ts';

/** Left and right of the grid. */
const PAD_PX = 12;

/** The folios of each file in the order of the file, as they are at the cursor. */
export function PageCache(): ReactNode {
  const recording = useApp((s) => s.recording);
  const rows = useApp((s) => s.rows);
  if (recording === null || rows === 0)
    return <p className="empty">No page cache yet: the run has not begun.</p>;
  const states = foliosOfLog(recording.log);
  if (states.table.count === 0)
    return (
      <p className="empty">
        No folio in this run. Buffered I/O has some: switch <em>direct</em> off in the job.
      </p>
    );
  return <Grid log={recording.log} states={states} rows={rows} />;
}

type GridProps = { readonly log: LogView; readonly states: FolioStates; readonly rows: number };

function Grid({ log, states, rows }: GridProps): ReactNode {
  const { table } = states;
  const scroller = useRef<HTMLDivElement>(null);
  const viewport = useViewport(scroller);
  const cursor = useApp((s) => s.cursor);
  const [pointed, setPointed] = useState(-1);
  const [focused, setFocused] = useState(-1);
  const width_px = Math.max(100, viewport.width_px - 2 * PAD_PX);
  const size = sizeFor(table);
  const layouts = useMemo(
    () => (rows > 0 ? table.files.map((file) => layOutFile(table, file, width_px, size)) : []),
    [table, rows, width_px, size],
  );
  const head_px = headHeight(width_px);
  const tops = useMemo(() => topsOf(layouts, head_px, size.row_px), [layouts, head_px, size]);
  states.moveTo(cursor); // costs what has changed since the last time
  const shown = pointed >= 0 ? pointed : focused;
  return (
    <div className="page-cache">
      <Legend />
      <div className="folio-scroll" ref={scroller} tabIndex={-1}>
        <div className="folio-files" style={{ height: tops.at(-1) }}>
          {layouts.map((layout, i) => {
            const top = tops[i] ?? 0;
            const bottom = tops[i + 1] ?? 0;
            const { scroll_px, height_px } = viewport;
            if (bottom < scroll_px - height_px || top > scroll_px + 2 * height_px) return null;
            return (
              <FolioFileGrid
                key={layout.file.inode}
                {...{ log, states, layout, size, cursor, top, head_px, pad_px: PAD_PX }}
                seen={{ from: scroll_px - top - head_px, to: scroll_px + height_px - top - head_px }}
                onPoint={setPointed}
                onFocusFolio={setFocused}
                scroller={scroller}
              />
            );
          })}
        </div>
      </div>
      <Detail log={log} states={states} folio={shown} cursor={cursor} />
    </div>
  );
}

/** Tops of the files' parts, and the height of all. */
function topsOf(layouts: readonly FileLayout[], head_px: number, row_px: number): number[] {
  const tops = [0];
  for (const layout of layouts) tops.push((tops.at(-1) ?? 0) + head_px + rowsOf(layout) * row_px);
  return tops;
}

function Legend(): ReactNode {
  return (
    <ul className="folio-legend" aria-label="Marks of folios">
      <li>
        <span className="folio-key tone-clean" /> clean
      </li>
      {MARKS.map(({ letter, title }) => (
        <li key={letter}>
          <span className={`folio-key ${KEY_TONES[letter] ?? 'tone-clean'}`}>{letter}</span> {title}
        </li>
      ))}
      <li>
        <span className="folio-key tone-gone">×</span> gone
      </li>
      <li>
        <span className="folio-key folio-now-key" /> changed just now
      </li>
      <li aria-hidden>
        <span className="folio-flag">▾</span> i_size <span className="folio-flag">▿</span> on disk
      </li>
    </ul>
  );
}

const KEY_TONES: Readonly<Record<string, string>> = {
  W: 'tone-writeback',
  D: 'tone-dirty',
  L: 'tone-clean folio-locked',
};

type DetailProps = {
  readonly log: LogView;
  readonly states: FolioStates;
  readonly folio: number;
  readonly cursor: Row;
};

/** Everything about the folio under the pointer or in focus, and what last changed it. */
function Detail({ log, states, folio }: DetailProps): ReactNode {
  const { table } = states;
  const state = folio < 0 ? 0 : states.stateOf(folio);
  if (state === 0)
    return (
      <p className="folio-detail muted">
        Point at a folio, or move with the arrow keys: all of its flags are told here. Enter or a click goes
        to what changed it last.
      </p>
    );
  const changed = states.changedIn(folio);
  return (
    <p className="folio-detail">
      <strong>{log.objectName(table.objectOf(folio))}</strong>,{' '}
      {placeWords(table.indexOf(folio), table.orderOf(folio))}: {stateWords(state)}.{' '}
      {changed !== NO_ROW && (
        <span className="muted">
          Last change at <RowLink row={changed}>{instant(log.time(changed))}</RowLink>:{' '}
          {narrate(log, changed).text}
        </span>
      )}
    </p>
  );
}
