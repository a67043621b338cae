/** The jobs of a scenario. */
import * as v from 'valibot';
import { LIMITS } from './limits.ts';
import { id, int, named, text } from './schema-values.ts';

const sizeShareSchema = v.strictObject({
  bytes: int(512, LIMITS.io_bytes),
  /** Relative weight among the sizes of the list. */
  weight: int(1, 1_000_000),
});
const sizesSchema = v.pipe(
  v.array(sizeShareSchema, 'is not a list'),
  v.minLength(1, 'is empty'),
  v.maxLength(64, 'has more than 64 entries'),
);

export const FIO_ENGINES = ['io_uring', 'libaio', 'psync'] as const;
export const FIO_TASKRUN = ['default', 'coop', 'defer'] as const;
export const FIO_SYNC = ['none', 'dsync', 'sync'] as const;
export const FIO_RW = ['read', 'write', 'randread', 'randwrite', 'rw', 'randrw'] as const;

export const JOB_CALLS = [
  'fallocate',
  'ftruncate',
  'fsync',
  'syncfs',
  'sync_file_range',
  'read',
  'mmap_write',
  'shutdown',
  'reclaim',
  'force_empty',
] as const;

/** A system call that the job makes itself, with its I/Os in flight; fio has nothing like it. */
export const jobCallSchema = v.strictObject({
  call: named(
    v.picklist(JOB_CALLS),
    'system call',
    'fallocate: punches a hole; ftruncate: sets the size to offset; fsync; syncfs: writes all of the filesystem back; sync_file_range: a range of the file; ' +
      'read: a buffered read, which leaves pages in the cache; mmap_write: dirties pages through a mapping; ' +
      'shutdown: the filesystem gives up at once (XFS_IOC_GOINGDOWN); reclaim: memory.reclaim of a cgroup v2 takes a range of the file out of memory; ' +
      'force_empty: that of a cgroup v1, which waits for writeback.',
  ),
  after_ios: named(v.optional(int(0, LIMITS.ios), 0), 'after I/Os', 'Once so many I/Os were submitted.'),
  offset_bytes: named(v.optional(int(0, LIMITS.file_bytes), 0), 'offset', 'Where in the file.', 'B'),
  length_bytes: named(v.optional(int(1, LIMITS.file_bytes), 4096), 'length', 'How much of it.', 'B'),
});

/** One fio job as one task. */
export const fioActorSchema = v.strictObject({
  kind: v.literal('fio'),
  name: named(v.pipe(text(60), v.minLength(1, 'is empty')), 'job', 'Name of the job.'),
  file: named(id, 'file', 'The file it works on.'),
  rw: named(v.picklist(FIO_RW), 'rw', 'Direction and pattern.'),
  direct: named(
    v.optional(v.boolean(), true),
    'direct',
    'Direct I/O, past the page cache. Otherwise buffered: writes leave dirty folios for writeback.',
  ),
  dontcache: named(
    v.optional(v.boolean(), false),
    'uncached',
    'RWF_DONTCACHE on buffered I/O: folios made for it are dropped when it is done.',
  ),
  fsync: named(v.optional(int(0, LIMITS.ios), 0), 'fsync', 'An fsync after so many writes; 0: none.'),
  end_fsync: named(v.optional(v.boolean(), false), 'end_fsync', 'An fsync when the job has done its I/Os.'),
  rwmixread: named(v.optional(int(0, 100), 50), 'rwmixread', 'Share of reads in rw and randrw.', '%'),
  ioengine: named(v.picklist(FIO_ENGINES), 'ioengine', 'How the job submits and learns of completion.'),
  hipri: named(
    v.optional(v.boolean(), false),
    'hipri',
    'Polled completion: an IOPOLL ring for io_uring; synchronous calls accept and ignore it.',
  ),
  taskrun: named(
    v.optional(v.picklist(FIO_TASKRUN), 'default'),
    'task_work of the ring',
    'For io_uring. default: the submitter is interrupted for it; coop (COOP_TASKRUN): it is run when the submitter is in the ' +
      'kernel anyway; defer (DEFER_TASKRUN): only when it waits for completions.',
  ),
  sqthread_poll: named(
    v.optional(v.boolean(), false),
    'sqthread_poll',
    'For io_uring: a thread of the kernel takes the submissions (SQPOLL), the job looks at the completion ring.',
  ),
  sqthread_poll_cpu: named(
    v.optional(int(0, LIMITS.cpus - 1)),
    'sqthread_poll_cpu',
    'CPU to which that thread is bound; where the job may run if absent.',
  ),
  sq_thread_idle_ms: named(
    v.optional(int(1, 10_000), 1000),
    'sq_thread_idle',
    'How long that thread looks for submissions in vain before it goes to sleep.',
    'ms',
  ),
  busy_poll_cq: named(
    v.optional(v.boolean(), false),
    'busy_poll_cq',
    'For io_uring: the job looks at the completion ring in user mode instead of sleeping in the kernel. Not an option of fio.',
  ),
  sync: named(
    v.optional(v.picklist(FIO_SYNC), 'none'),
    'sync',
    'dsync: O_DSYNC, data and what is needed to find it are stable at completion; sync: O_SYNC, all metadata too.',
  ),
  sync_every: named(
    v.optional(int(0, LIMITS.ios), 0),
    'sync every',
    '0: the file is opened with the flags of sync. n: it is not, and every nth write carries RWF_DSYNC or RWF_SYNC itself; not of fio.',
  ),
  bs_read: named(
    v.optional(sizesSchema, [{ bytes: 4096, weight: 1 }]),
    'bs of reads',
    'Sizes of reads with weights.',
  ),
  bs_write: named(
    v.optional(sizesSchema, [{ bytes: 4096, weight: 1 }]),
    'bs of writes',
    'Sizes of writes with weights.',
  ),
  iodepth: named(
    v.optional(int(1, LIMITS.iodepth), 1),
    'iodepth',
    'I/Os in flight; 1 for synchronous engines.',
  ),
  iodepth_batch_submit: named(
    v.optional(int(1, LIMITS.iodepth), 1),
    'iodepth_batch_submit',
    'I/Os handed over in one system call.',
  ),
  iodepth_batch_complete_min: named(
    v.optional(int(0, LIMITS.iodepth), 1),
    'iodepth_batch_complete_min',
    'Completions to wait for when the queue is full.',
  ),
  offset_bytes: named(
    v.optional(int(0, LIMITS.file_bytes), 0),
    'offset',
    'Where its region of the file starts.',
    'B',
  ),
  size_bytes: named(
    v.optional(int(512, LIMITS.file_bytes)),
    'size',
    'Length of its region; to the end of the file if absent.',
    'B',
  ),
  norandommap: named(
    v.optional(v.boolean(), false),
    'norandommap',
    'Random offsets may repeat before all blocks were visited.',
  ),
  cpus_allowed: named(
    v.optional(
      v.pipe(v.array(int(0, LIMITS.cpus - 1)), v.minLength(1, 'is empty'), v.maxLength(LIMITS.cpus)),
      undefined,
    ),
    'cpus_allowed',
    'CPUs that the job may run on; by default job n starts on CPU n.',
  ),
  ios: named(int(0, LIMITS.ios), 'I/Os', 'How many I/Os the job does in the simulation.'),
  thinktime_ns: named(v.optional(int(0, 10_000_000_000), 0), 'thinktime', 'Pause after each I/O.', 'ns'),
  rate_iops: named(
    v.optional(int(0, 100_000_000), 0),
    'rate_iops',
    'At most this many I/Os a second; 0: no limit.',
    '1/s',
  ),
  calls: named(
    v.optional(v.pipe(v.array(jobCallSchema), v.maxLength(64, 'has more than 64 entries')), []),
    'system calls',
    'What else the job does while its I/Os are in flight; not of fio.',
  ),
  start_delay_ns: named(v.optional(int(0, LIMITS.sim_ns), 0), 'startdelay', 'When the job starts.', 'ns'),
  stonewall: named(
    v.optional(v.boolean(), false),
    'stonewall',
    'It and the jobs after it start only when all jobs before it have ended.',
  ),
});

export type FioActor = v.InferOutput<typeof fioActorSchema>;
export type JobCall = v.InferOutput<typeof jobCallSchema>;
