/** System calls that a job makes beside its I/Os. */
import { do_fsync, do_truncate, goingdown, vfs_fallocate } from '../../kernel/fs/open.ts';
import { sync_file_range, syncfs } from '../../kernel/fs/sync.ts';
import type { File } from '../../kernel/include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel/kernel.ts';
import { pread64, type SyncIo } from '../../kernel/fs/read_write.ts';
import type { JobCall } from '../../scenario/schema-job.ts';
import { syscall } from './syscall.ts';
import { mem_cgroup_force_empty } from '../../kernel/mm/memcontrol-v1.ts';
import { user_proactive_reclaim } from '../../kernel/mm/vmscan.ts';
import { do_shared_fault } from '../../kernel/mm/memory.ts';
import { PAGE_SIZE } from '../../kernel/include/linux/pagemap.ts';

/** The calls of a job that are not made yet, by the number of I/Os after which they are due. */
export class DueCalls {
  private readonly calls: JobCall[];

  constructor(calls: readonly JobCall[]) {
    this.calls = [...calls].sort((a, b) => a.after_ios - b.after_ios);
  }

  /** The next call that is due once `issued` I/Os were submitted, or null. */
  take(issued: number): JobCall | null {
    const [next] = this.calls;
    if (next === undefined || next.after_ios > issued) return null;
    return this.calls.shift() ?? null;
  }
}

/** Makes one call, from user mode. */
export function* makeCall(k: Kernel, file: File, { call, offset_bytes, length_bytes }: JobCall): KernelFn {
  switch (call) {
    case 'fallocate':
      yield* syscall(k, vfs_fallocate, file, offset_bytes, length_bytes);
      break;
    case 'ftruncate':
      yield* syscall(k, do_truncate, file, offset_bytes);
      break;
    case 'fsync':
      yield* syscall(k, do_fsync, file);
      break;
    case 'syncfs':
      yield* syscall(k, syncfs, file);
      break;
    case 'sync_file_range':
      yield* syscall(k, sync_file_range, file, offset_bytes, length_bytes);
      break;
    case 'shutdown':
      yield* syscall(k, goingdown, file);
      break;
    case 'reclaim':
      yield* syscall(k, user_proactive_reclaim, { inode: file.inode, pos: offset_bytes, len: length_bytes });
      break;
    case 'force_empty':
      yield* syscall(k, mem_cgroup_force_empty, { inode: file.inode, pos: offset_bytes, len: length_bytes });
      break;
    case 'mmap_write':
      yield* dirtyMapped(k, file, offset_bytes, length_bytes);
      break;
    case 'read':
      yield* syscall(k, pread64, readOf(file, offset_bytes, length_bytes));
  }
}

/** A read through the page cache, also of a file that the job itself reads around it. */
const readOf = (file: File, pos: number, length: number): SyncIo => ({
  file: { ...file, f_iocb_flags: 0 },
  pos,
  length,
  hipri: false,
});

/** Writes to pages of a mapping of the file: each first write is a page fault. */
function* dirtyMapped(k: Kernel, file: File, pos: number, len: number): KernelFn {
  for (let at = pos; at < pos + len; at += PAGE_SIZE) yield* syscall(k, do_shared_fault, file, at);
}
