/**
 * The one list of what may differ between a recording and the model without one of them being wrong: each entry takes
 * calls out of the comparison, in the recordings it is about, and says why. What the filter of the recordings never
 * shows is not here but in `traced.ts`. An error of the model has no place in this list.
 */
import { type Call, PLACES } from './calls.ts';
import type { Workload } from './workload.ts';

export type Difference = {
  readonly id: string;
  readonly reason: string;
  /** Which recordings it is about. */
  readonly applies: (about: About) => boolean;
  /** The calls of one side that are left out. */
  readonly leavesOut: (calls: readonly Call[]) => readonly Call[];
};

/** What an entry may ask: the head of the recording, which functions the recording shows at all, and of the I/O how many
 *  bios it had and whether it failed. */
export type About = {
  readonly work: Workload;
  readonly shown: ReadonlySet<string>;
  readonly bios: number;
  readonly failed: boolean;
};

const always = (): boolean => true;
const onDevice =
  (kind: RegExp) =>
  ({ work }: About): boolean =>
    kind.test(work.device.name);
/** Every call of these functions. */
const every =
  (names: RegExp) =>
  (calls: readonly Call[]): Call[] =>
    calls.filter((call) => names.test(call.name));

export const DIFFERENCES: readonly Difference[] = [
  {
    id: 'vectored-calls',
    reason:
      'the recordings’ tool calls preadv2 and pwritev2 and writes its markers with write; a job of the model calls pread64 and pwrite64',
    applies: always,
    leavesOut: every(/^(vfs_write|vfs_read|do_iter_readv_writev)$/),
  },
  {
    id: 'filter-extended-6.17',
    reason:
      'was put into the filter after most recordings of 6.17.13 were made; they name it as a caller but never show it',
    applies: ({ work, shown }) => work.release === '6.17.13' && !shown.has('__iomap_dio_rw'),
    leavesOut: every(/^__iomap_dio_rw$/),
  },
  {
    id: 'filter-extended',
    reason:
      'was put into the filter for the last recordings, whose device line says "zoned="; the others show the work by its event only, and name irq_thread_fn as a caller',
    applies: ({ work }) => !work.device.text.includes(' zoned='),
    leavesOut: every(/^(blk_mq_requeue_work|sb_init_dio_done_wq|xfs_map_blocks|irq_(forced_)?thread_fn)$/),
  },
  {
    id: 'ioends-one-by-one',
    reason:
      'the emulated drive of 6.17.13 answered the pieces of a split write one by one, so that the worker ran for the first before the others had ended; the model’s answers at once, and all are merged',
    applies: ({ work, bios }) =>
      bios > 1 && work.release === '6.17.13' && work.device.text.includes(' zoned='),
    leavesOut: every(
      /^(xfs_end_io|xfs_end_ioend|iomap_sort_ioends|iomap_ioend_try_merge|xfs_zoned_end_io|iomap_finish_ioends)$/,
    ),
  },
  {
    id: 'log-on-another-device',
    reason:
      'the log of this zoned filesystem is on a drive with a write cache, its data on one without; the model has one drive, here the one of the data, and so writes the log without a flush',
    applies: ({ work, failed }) =>
      failed && work.device.text.includes(' zoned=') && !work.device.text.includes('write back'),
    leavesOut: every(
      /^(blk_insert_flush|blk_flush_complete_seq|blk_mq_requeue_work|flush_end_io|mq_flush_data_end_io|blk_mq_end_request|blk_update_request)$/,
    ),
  },
  {
    id: 'scheduler-tick',
    reason:
      'the timer tick of the scheduler adds work of its own to a task (mm_cid compaction), which is no part of the I/O; see withoutForeignWork for where it runs',
    applies: always,
    leavesOut: (calls) =>
      calls.filter(
        ({ name, caller }) => name === 'task_work_add' && caller !== undefined && !ADDS_WORK.test(caller),
      ),
  },
  {
    id: 'completion-inlined',
    reason:
      'where the bio’s end calls it directly the compiler inlined it; the tracer sees only the copy that a worker calls',
    applies: always,
    leavesOut: (calls) =>
      calls.filter(
        ({ name, caller }) =>
          name === 'iomap_dio_complete_work' && /^(__)?iomap_(dio|finish)_/.test(caller ?? ''),
      ),
  },
  {
    id: 'overwrite-begin-inlined',
    reason:
      'the compiler of 6.12.107 and 6.17.13 inlined its call by ext4_iomap_overwrite_begin, that of 6.1.192 did not',
    applies: ({ shown }) => shown.has('ext4_iomap_overwrite_begin') && !shown.has('ext4_iomap_begin'),
    leavesOut: every(/^ext4_iomap_begin$/),
  },
  {
    id: 'dirtied-through-the-cache',
    reason:
      'dirtying the inode left a cached page in 7.3.4, outside of the range that is written; the head does not tell, and nothing else depends on it',
    applies: ({ work }) => work.options.has('dirtyinode') && work.release === '7.3.4',
    leavesOut: (calls) =>
      calls.filter(
        ({ name, caller }) =>
          (name === 'invalidate_inode_pages2_range' && caller === 'kiocb_invalidate_post_direct_write') ||
          (/^(filemap_writeback|__filemap_fdatawait_range)$/.test(name) &&
            caller === 'file_write_and_wait_range'),
      ),
  },
  {
    id: 'flusher-on-any-cpu',
    reason:
      'the flusher may run on any CPU, so that it is chance whether a drive with one queue interrupts the CPU that submitted',
    applies: ({ work }) => !work.options.has('direct') && /^(vd|loop)/.test(work.device.name),
    leavesOut: every(/^__blk_mq_complete_request_remote$/),
  },
  {
    id: 'flusher-was-first',
    reason:
      'null_blk ends writeback at once, so that it is chance whether the cache still has pages when fsync begins',
    applies: ({ work }) => work.options.has('dontcache') && work.device.name.startsWith('nullb'),
    leavesOut: (calls) =>
      calls.filter(
        ({ name, caller, place }) =>
          place === 'task' &&
          /^(__filemap_fdatawrite_range|filemap_fdatawrite_wbc|filemap_writeback|__filemap_fdatawait_range|folio_wait_writeback)$/.test(
            name,
          ) &&
          /^(file_write_and_wait_range|__filemap_fdatawrite_range|__filemap_fdatawait_range)$/.test(
            caller ?? '',
          ),
      ),
  },
  {
    id: 'fsync-inlined',
    reason: 'the compiler of 7.3.4 inlined it into do_fsync, that of the others did not',
    applies: ({ work }) => !work.options.has('direct'),
    leavesOut: (calls) =>
      calls.filter(
        ({ name, caller }) =>
          name === 'vfs_fsync_range' && /^(do_fsync|__x64_sys_fsync|)$/.test(caller ?? ''), // function_graph knows none
      ),
  },
  {
    id: 'folios-of-readahead',
    reason:
      'how large the folios are that an earlier read left in the cache is up to its readahead, which the head does not tell; compared is one of them',
    applies: ({ work }) => work.options.has('populate'),
    leavesOut: (calls) => {
      const seen = new Set<string>();
      return calls.filter(({ name, caller, place }) => {
        const again = seen.has(`${name} ${caller ?? ''} ${place}`);
        seen.add(`${name} ${caller ?? ''} ${place}`);
        return again && /^folio_(wait_writeback|unmap_invalidate)$/.test(name);
      });
    },
  },
  {
    id: 'journal-of-ext4',
    reason:
      'how many blocks jbd2 writes for a commit, and whether there is something to commit, is the state of the whole filesystem, which the head does not tell; compared is what comes before and after',
    applies: ({ work }) => work.filesystem.startsWith('ext4'),
    leavesOut: commits,
  },
  {
    id: 'journal-superblock',
    reason:
      'ext4 waits for a block of its journal as for a buffer, the model as for a bio; both sleep until it has ended. With a drive that fails its issue cannot be told from retries',
    applies: ({ work }) => !work.options.has('direct') && work.filesystem.startsWith('ext4'),
    leavesOut: (calls) =>
      calls.filter(
        ({ name, place }) =>
          /^(submit_bio_wait(_endio)?|end_bio_bh_io_sync)$/.test(name) ||
          (name === 'nvme_queue_rq' && place === 'kworker'),
      ),
  },
  {
    id: 'metadata-written',
    reason:
      'the flusher wrote metadata of the filesystem, too, from the page cache of the device itself; the model has no metadata there',
    applies: ({ work }) => !work.options.has('direct') && work.filesystem.startsWith('ext4'),
    leavesOut: metadata,
  },
  {
    id: 'second-cycle',
    reason:
      'where the flusher stopped in the file when it was last there (writeback_index) is not in the head; from a place in the midst ext4 looks at the beginning afterwards, here in vain',
    applies: ({ work }) => !work.options.has('direct') && work.filesystem.startsWith('ext4'),
    leavesOut: (calls) => {
      const look = ['ext4_io_submit', 'ext4_put_io_end_defer', 'ext4_release_io_end'];
      const there = calls.filter(({ place }) => place === 'kworker');
      return there.flatMap((_, i) => {
        const vain = look.every((name, n) => there[i + n]?.name === name);
        return vain && there[i - 1]?.name === 'ext4_put_io_end_defer' ? there.slice(i, i + look.length) : [];
      });
    },
  },
  {
    id: 'zone-report',
    reason: 'after an error zonefs asks the drive for the state of the zone; the model takes it as known',
    applies: ({ work }) => work.filesystem.startsWith('zonefs') && work.filesystem.includes('blkdebug'),
    leavesOut: (calls) => {
      const from = calls.findIndex(({ name }) => /^zonefs_file_write_dio_end_io$/.test(name));
      const to = calls.findIndex(({ name }) => name === 'aio_complete_rw');
      return from < 0 || to < from ? [] : calls.slice(from + 1, to);
    },
  },
  {
    id: 'zone-state',
    reason:
      'what a zone’s state means for the size of its file, which the model takes as unchanged by an error',
    applies: ({ work }) => work.filesystem.startsWith('zonefs'),
    leavesOut: (calls) =>
      calls.filter(({ name, caller }) => name === 'zonefs_i_size_write' && caller === '__zonefs_io_error'),
  },
  {
    id: 'driver-retries',
    reason:
      'the emulated drive does not say "do not retry", so that the driver issues a failed command five times more; the model’s drive does',
    applies: ({ work }) => work.filesystem.includes('blkdebug'),
    leavesOut: retries,
  },
  {
    id: 'other-driver',
    reason:
      'a model has one device, NVMe or null_blk: recordings on virtio-blk and loop are compared above the driver, and where a log is on a drive beside null_blk its driver is not',
    applies: onDevice(/^(?!nvme)/),
    leavesOut: every(/^(nvme_|virtio_|virtblk_|vring_)/),
  },
  {
    id: 'file-of-loop',
    reason:
      'the loop driver’s worker writes its own file, here a block device, which the model has no part in',
    applies: onDevice(/^loop/),
    leavesOut: (calls) =>
      calls.filter(({ name, place }) => place === 'kworker' && /^blkdev_(read|write)_iter$/.test(name)),
  },
  {
    id: 'driver-completes-itself',
    reason:
      'the loop driver ends a request in the kworker that did its file I/O, null_blk where its irqmode says; a drive, also that of the log beside them, in its interrupt',
    applies: onDevice(/^(loop|nullb)/),
    leavesOut: every(/^blk_mq_complete_request(_remote)?$/),
  },
];

/** Who adds io_uring's work to a task. */
const ADDS_WORK = /^(__io_req_task_work_add|io_req_normal_work_add)$/;

/** The end of the I/O itself, whatever else the interrupt ends. */
const OF_THE_IO = /^((__)?iomap_|aio_complete|io_complete_rw)/;

/** Calls of a filesystem's thread, and what happens for its requests until another task goes on. */
function commits(calls: readonly Call[]): Call[] {
  let commits = false;
  return calls.filter(({ name, place }) => {
    const forIt = /^(hardirq|irq-thread)$/.test(place) || /^(nvme_queue_rq|blk_mq_requeue_work)$/.test(name);
    commits = place === 'kthread' || (commits && forIt);
    return commits && !OF_THE_IO.test(name);
  });
}

/** Passes of the flusher over the device's pages, the ends of their bios, and interrupts that end nothing else. */
function metadata(calls: readonly Call[]): Call[] {
  let pass = false;
  const written = calls.filter(({ name, place }) => {
    if (place !== 'kworker') return false;
    if (/^(wb_workfn|\w+_writepages)$/.test(name)) pass = name === 'blkdev_writepages';
    return pass;
  });
  const interrupts = (['hardirq', 'irq-thread'] as const).flatMap((place) =>
    partsFrom(
      /^nvme_irq$/,
      calls.filter((call) => call.place === place),
    ),
  );
  const ended = interrupts.flatMap((interrupt) => {
    const bios = partsFrom(/^bio_endio$/, interrupt).filter(([first]) => first?.name === 'bio_endio');
    const ofMetadata = bios.filter((end) => end.some(({ name }) => name === 'bh_end_async_write'));
    return ofMetadata.length > 0 && ofMetadata.length === bios.length ? interrupt : ofMetadata.flat();
  });
  return [...written, ...ended];
}

/** The calls cut before each one of this name. */
function partsFrom(name: RegExp, calls: readonly Call[]): Call[][] {
  const parts: Call[][] = [];
  for (const call of calls) {
    if (name.test(call.name) || parts.length === 0) parts.push([]);
    parts.at(-1)?.push(call);
  }
  return parts;
}

/** Completions of requests that are not ended but queued again, in an interrupt or a poll loop, and the queueing. */
function retries(calls: readonly Call[]): Call[] {
  const again = PLACES.flatMap((place) => {
    const there = calls.filter((call) => call.place === place);
    return there.flatMap(({ name }, i) => {
      if (name !== 'nvme_complete_rq' || there[i + 1]?.name === 'blk_mq_end_request') return [];
      let from = i;
      while (from > 0 && RETRIED.test(there[from - 1]?.name ?? '')) from--;
      return there.slice(from, i + 1);
    });
  });
  if (again.length === 0) return [];
  const queued = calls.filter(
    ({ name, place }) => /^(nvme_queue_rq|blk_mq_requeue_work)$/.test(name) && place === 'kworker',
  );
  return [...again, ...queued];
}

/** What comes before `nvme_complete_rq` for a single request. */
const RETRIED = /^(nvme_irq|blk_mq_complete_request_remote|nvme_pci_complete_rq)$/;

/** What of `calls` is compared, and which entries took something out. */
export function withoutDifferences(
  calls: readonly Call[],
  about: About,
): { readonly calls: readonly Call[]; readonly used: readonly string[] } {
  let rest = calls;
  const used: string[] = [];
  for (const difference of DIFFERENCES.filter(({ applies }) => applies(about))) {
    const out = new Set(difference.leavesOut(rest));
    if (out.size === 0) continue;
    used.push(difference.id);
    rest = rest.filter((call) => !out.has(call));
  }
  return { calls: rest, used };
}
