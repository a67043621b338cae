import { expect, test } from 'vitest';
import { Ev } from '../../../log/events.ts';
import { Inode, SuperBlock } from '../../include/linux/fs.ts';
import { type TestKernel, testKernel } from '../../testing.ts';
import { ExtentMap } from '../extents.ts';
import {
  EXT4_IO_END_UNWRITTEN,
  ext4_init_io_end,
  ext4_put_io_end,
  ext4_put_io_end_defer,
} from './page-io.ts';

/** An io_end of one unwritten block, whose bios have ended, so that its submitter gives up the last reference. */
function lastReference(k: TestKernel, give: typeof ext4_put_io_end): readonly string[] {
  const inode = new Inode(k, new SuperBlock(k, null, 'ext4'), 'data', new ExtentMap(0, 0, 0, []));
  inode.extents.put({ offset: 0, length: 4096, state: 'unwritten' });
  k.job('submitter', 0, function* () {
    const io_end = ext4_init_io_end(k, inode);
    io_end.flag = EXT4_IO_END_UNWRITTEN;
    io_end.list_vec.push({ offset: 0, size: 4096 });
    yield* k.call(give, io_end);
    k.note(inode.extents.at(0, 4096).state);
  });
  const log = k.finish();
  expect(inode.extents.at(0, 4096).state).toBe('mapped');
  const rows = Array.from({ length: log.rows }, (_, row) => row);
  const [converted] = rows.filter(
    (row) => log.kind(row) === Ev.Enter && log.name(row) === 'ext4_convert_unwritten_extents',
  );
  const before = rows.filter((row) => row < (converted ?? 0) && log.kind(row) === Ev.Switch);
  return [...k.notes, log.objectLabel(log.object(before.at(-1) ?? 0))];
}

test('the last reference converts at once where no transaction is open', () => {
  expect(lastReference(testKernel(), ext4_put_io_end)).toEqual(['0 mapped', 'submitter']);
});

test('and leaves it to the worker where one may be', () => {
  const [state, task] = lastReference(testKernel(), ext4_put_io_end_defer);
  expect(state).toBe('0 unwritten');
  expect(task).toMatch(/^kworker\/u/);
});
