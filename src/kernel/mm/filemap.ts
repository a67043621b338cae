/** The page cache's part in direct I/O. No file of this model has cached pages yet. Source: mm/filemap.c (v6.12). */
import { rule } from '../../engine/rule.ts';
import { has, IOCB_NOWAIT, type Inode, type Kiocb } from '../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../kernel.ts';

export const mayWriteOut = rule({
  id: 'dio-may-write-out',
  asks: 'May this I/O wait for cached pages of its range to be written out first?',
  test: '!(iocb->ki_flags & IOCB_NOWAIT)',
  inputs: ['ki_flags'],
  source: { kind: 'code', file: 'mm/filemap.c', note: 'kiocb_write_and_wait, kiocb_invalidate_pages' },
});

/** Before a direct read: writes dirty pages of the range out. Returns 0 or a negative errno. */
export function* kiocb_write_and_wait(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (k.decide(mayWriteOut, !has(iocb.ki_flags, IOCB_NOWAIT), iocb.ki_flags))
    yield* k.call(filemap_write_and_wait_range, iocb.ki_filp.inode);
  return 0;
}

/** Before a direct write: writes out and drops cached pages of the range. Returns 0 or a negative errno. */
export function* kiocb_invalidate_pages(k: Kernel, iocb: Kiocb): KernelFn<number> {
  if (k.decide(mayWriteOut, !has(iocb.ki_flags, IOCB_NOWAIT), iocb.ki_flags))
    yield* k.call(filemap_write_and_wait_range, iocb.ki_filp.inode);
  yield* k.call(invalidate_inode_pages2_range, iocb.ki_filp.inode);
  return 0;
}

/** After a direct write: drops pages that somebody read into the cache meanwhile; at once if there are none at all. May
 *  sleep, so task context only. */
export function* kiocb_invalidate_post_direct_write(k: Kernel, iocb: Kiocb): KernelFn {
  if (!k.in_task()) k.hazard('invalidate-outside-task', iocb);
  yield k.spend(k.costs['inval.empty']);
}

/** Nothing is dirty, so nothing is written. */
export function* filemap_write_and_wait_range(_k: Kernel, _inode: Inode): KernelFn {
  // the page cache comes with buffered writeback
}

/** Looks the range up and drops what it finds: nothing. Source: mm/truncate.c. */
export function* invalidate_inode_pages2_range(k: Kernel, _inode: Inode): KernelFn {
  yield k.spend(k.costs['inval.empty']);
}
