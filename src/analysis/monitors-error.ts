import { monitor } from './monitor.ts';
import { writebackErrors } from './writeback-errors.ts';

// What becomes of a writeback that failed: every open file is told of it once, by the next fsync or its like.
const ERRSEQ = 'lib/errseq.c; writeback-completion.md section 8';

export const errorLost = monitor(
  {
    id: 'writeback-error-lost',
    title: 'An fsync returns 0 only if no writeback has failed since this open file was told last',
    severity: 'error',
    source: `${ERRSEQ}: each error reaches every open file`,
  },
  (log, _ios, report) => {
    const { failures, syncs, told } = writebackErrors(log);
    const known = new Map<string, number>(); // by task and inode: the check up to which all is told
    for (const { row, begun, task, inode, check, result } of syncs) {
      const file = `${task} ${inode}`;
      const inWrite = told.findLast((t) => t.task === task && t.inode === inode && t.row < begun); // O_DSYNC
      const since = Math.max(known.get(file) ?? -1, inWrite?.row ?? -1);
      const lost = failures.get(inode)?.find(({ from, to }) => from > since && to < check);
      if (result !== 0 || lost !== undefined) known.set(file, check);
      if (result === 0 && lost !== undefined)
        report(
          row,
          `${log.objectName(task)} is told that ${log.objectName(inode)} is written, but the write of ${log.objectName(lost.folio) || 'a folio'} failed since it was told last`,
        );
    }
  },
);

export const errorToldTwice = monitor(
  {
    id: 'writeback-error-told-twice',
    title: 'An open file is told of a failed writeback once',
    severity: 'error',
    source: `${ERRSEQ}: the cursor moves past what was told`,
  },
  (log, _ios, report) => {
    const { told } = writebackErrors(log);
    const known = new Map<string, number>(); // by task and inode: row of the error that was told last
    for (const { row, task, inode, noted } of told) {
      const file = `${task} ${inode}`;
      if (noted <= (known.get(file) ?? -1))
        report(
          row,
          `${log.objectName(task)} is told again of the error of ${log.objectName(inode)} that it knows`,
        );
      known.set(file, noted);
    }
  },
);
