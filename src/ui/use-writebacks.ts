import { useEffect, useState } from 'react';
import type { WritebackTable } from '../analysis/writeback.ts';
import type { LogView } from '../log/view.ts';
import { writebackTableOf } from '../state/derived.ts';

/** Rows that are read in one go, in a few milliseconds. */
const SLICE_ROWS = 16_384;
/** The page has its turn after so long. */
const SLICE_MS = 8;

/** The bios of writeback of a log that has ended. A long log is read in slices, so that the page goes on; null until then. */
export function useWritebacks(log: LogView): WritebackTable | null {
  const table = writebackTableOf(log);
  const [, setRows] = useState(table.rows);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = (): void => {
      const start = performance.now();
      while (table.rows < log.rows && performance.now() - start < SLICE_MS) table.catchUp(SLICE_ROWS);
      if (table.rows < log.rows) timer = setTimeout(read);
      else setRows(table.rows);
    };
    read();
    return () => clearTimeout(timer);
  }, [table, log]);
  return table.rows === log.rows ? table : null;
}
