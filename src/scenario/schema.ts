import * as v from 'valibot';
import { COST_IDS, COSTS, type CostId } from '../kernel/costs.ts';
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import { SWITCH_IDS, SWITCHES, type Switches } from '../kernel/switches.ts';
import { LIMITS } from './limits.ts';

/**
 * The one description of a scenario. It validates what comes from a form, a file, a link or fio text, fills in defaults,
 * and its metadata (title, unit, help) makes the form. A missing field takes its default, an unknown one is an error.
 */
const notIn = (low: number, high: number): string => `is not in ${low} to ${high}`;
const int = (low: number, high: number) =>
  v.pipe(
    v.number('is not a number'),
    v.integer('is not a whole number'),
    v.minValue(low, notIn(low, high)),
    v.maxValue(high, notIn(low, high)),
  );
const text = (high: number) =>
  v.pipe(v.string('is not a text'), v.maxLength(high, `is longer than ${high} characters`));
const id = v.pipe(text(60), v.regex(/^[^\s/]+$/u, 'has blanks or slashes, or is empty'));
const named = <const S extends v.GenericSchema>(schema: S, title: string, help: string, unit = '') =>
  v.pipe(schema, v.title(title), v.description(help), v.metadata({ unit }));

export const LATENCY_KINDS = ['fixed', 'normal', 'gamma', 'long-tail'] as const;

/** Service time of the device for one command of 4 KiB. */
export const latencySchema = v.strictObject({
  kind: named(
    v.optional(v.picklist(LATENCY_KINDS), 'fixed'),
    'distribution',
    'How service times spread around their mean.',
  ),
  mean_ns: named(int(100, LIMITS.latency_ns), 'mean', 'Mean service time of a 4 KiB command.', 'ns'),
  cv_percent: named(
    v.optional(int(0, 200), 0),
    'variation',
    'Coefficient of variation: standard deviation as a share of the mean. Ignored by "fixed".',
    '%',
  ),
});

export const FAULT_OPS = ['read', 'write', 'flush'] as const;
export const FAULT_STATUS = [
  'BLK_STS_IOERR',
  'BLK_STS_MEDIUM',
  'BLK_STS_NOSPC',
  'BLK_STS_NOTSUPP',
  'BLK_STS_TIMEOUT',
] as const;

/** Commands that the device fails: `count` of one kind, from the `nth` on. */
export const faultSchema = v.strictObject({
  op: named(v.picklist(FAULT_OPS), 'command', 'Which commands fail; zeroing and log writes count as writes.'),
  nth: named(v.optional(int(1, LIMITS.ios), 1), 'from number', 'The first that fails, counted from 1.'),
  count: named(v.optional(int(1, LIMITS.ios), 1), 'how many', 'How many in a row fail.'),
  status: named(
    v.optional(v.picklist(FAULT_STATUS), 'BLK_STS_IOERR'),
    'status',
    'What the driver makes of the error; it does not retry.',
  ),
});

export const nvmeSchema = v.strictObject({
  queues: named(
    int(1, LIMITS.cpus),
    'I/O queue pairs',
    'Submission and completion queues with an interrupt vector each.',
  ),
  poll_queues: named(
    v.optional(int(0, LIMITS.cpus), 0),
    'poll queues',
    'Queues without interrupt (nvme.poll_queues).',
  ),
  queue_depth: named(
    v.optional(int(2, 65_536), 1024),
    'queue depth',
    'Entries of a queue; one less is usable as tags.',
  ),
  read: named(latencySchema, 'read service time', 'How long the device takes for a read.'),
  write: named(latencySchema, 'write service time', 'How long the device takes for a write.'),
  bytes_per_us: named(
    v.optional(int(1, 1_000_000), 3000),
    'transfer rate',
    'Bytes beyond the first 4 KiB add to the service time at this rate (assumed).',
    'B/us',
  ),
  volatile_cache: named(
    v.optional(v.boolean(), true),
    'volatile write cache',
    'Completed writes may still be lost with the power until a flush, or FUA.',
  ),
  fua: named(v.optional(v.boolean(), true), 'FUA', 'Single writes can be forced to stable media.'),
  write_cache: named(
    v.optional(v.picklist(['write back', 'write through']), 'write back'),
    'queue/write_cache',
    'What the kernel is told about the cache; "write through" hides a volatile one from it.',
  ),
  flush_ns: named(
    v.optional(int(100, LIMITS.latency_ns), 500_000),
    'flush time',
    'How long the device takes to empty its write cache.',
    'ns',
  ),
  max_transfer_bytes: named(
    v.optional(int(4096, LIMITS.io_bytes), 1_048_576),
    'largest transfer',
    'Larger bios are split (queue/max_sectors_kb).',
    'B',
  ),
  faults: named(
    v.optional(v.pipe(v.array(faultSchema), v.maxLength(64, 'has more than 64 entries')), []),
    'faults',
    'Commands that the device fails.',
  ),
});

export const machineSchema = v.strictObject({
  cpus: named(int(1, LIMITS.cpus), 'CPUs', 'Processors of the machine.'),
  cpus_per_llc: named(
    v.optional(int(1, LIMITS.cpus), LIMITS.cpus),
    'CPUs per last-level cache',
    'rq_affinity=1 sends an interrupt to another CPU only across this boundary.',
  ),
  hz: named(v.optional(v.picklist([100, 250, 300, 1000]), 250), 'HZ', 'Timer ticks a second.'),
  preempt: named(
    v.optional(v.picklist(['none', 'voluntary', 'full', 'lazy']), 'voluntary'),
    'preemption model',
    'When a woken task may take the CPU from a task in the kernel (preempt=).',
  ),
  wake_preempts: named(
    v.optional(v.boolean(), true),
    'a woken task preempts',
    'Whether the scheduler lets a woken kworker or task run before the running one has used its slice.',
  ),
  rq_affinity: named(
    v.optional(v.picklist([0, 1, 2]), 1),
    'rq_affinity',
    '0: complete where the interrupt landed; 1: only cross the cache boundary; 2: always on the submitting CPU.',
  ),
  nvme: nvmeSchema,
});

export const FILESYSTEMS = ['xfs', 'xfs-zoned', 'ext4', 'zonefs', 'iomap'] as const;
export const EXTENT_STATES = ['mapped', 'unwritten', 'hole', 'shared', 'new', 'mapped-dirty'] as const;

/** A range of a file and what the filesystem has there. */
export const extentSchema = v.strictObject({
  offset_bytes: named(int(0, LIMITS.file_bytes), 'from', 'Where the extent begins in the file.', 'B'),
  length_bytes: named(int(1, LIMITS.file_bytes), 'length', 'How long it is.', 'B'),
  state: named(
    v.picklist(EXTENT_STATES),
    'state',
    'mapped: written blocks; unwritten: allocated only; hole: nothing; shared: also part of another file (reflink). ' +
      'For the filesystem "iomap" also new (just allocated) and mapped-dirty (its metadata is not on disk).',
  ),
});

/** Clean pages of a file that are in the page cache at the start. */
export const cachedSchema = v.strictObject({
  offset_bytes: named(int(0, LIMITS.file_bytes), 'from', 'Where the cached range begins.', 'B'),
  length_bytes: named(int(1, LIMITS.file_bytes), 'length', 'How long it is.', 'B'),
});

export const fileSchema = v.strictObject({
  id: named(id, 'file', 'Name of the file.'),
  filesystem: named(
    v.optional(v.picklist(FILESYSTEMS), 'xfs'),
    'filesystem',
    'The filesystem that holds it. "iomap" is none of Linux: it maps exactly as the extents say, without NOWAIT and locks.',
  ),
  size_bytes: named(int(0, LIMITS.file_bytes), 'size', 'i_size of the file at the start.', 'B'),
  extents: named(
    v.optional(v.pipe(v.array(extentSchema), v.maxLength(256, 'has more than 256 entries')), []),
    'extents',
    'What differs from written blocks up to the size and nothing behind it; a later entry wins.',
  ),
  cached: named(
    v.optional(v.pipe(v.array(cachedSchema), v.maxLength(64, 'has more than 64 entries')), []),
    'cached pages',
    'Clean pages in the page cache at the start.',
  ),
  dirty_inode: named(
    v.optional(v.boolean(), false),
    'dirty inode',
    'Its metadata is changed in memory and not yet in the log on disk.',
  ),
  old_mtime: named(
    v.optional(v.boolean(), false),
    'old mtime',
    'The modification time is older than the current tick, so the first write must update it.',
  ),
  force_wait: named(
    v.optional(v.boolean(), false),
    'force_wait',
    'For "iomap": its writes pass IOMAP_DIO_FORCE_WAIT.',
  ),
  overlay: named(
    v.optional(v.boolean(), false),
    'on overlayfs',
    'It is opened through overlayfs, which passes the I/O down with a kiocb of its own.',
  ),
});

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

export const JOB_CALLS = ['fallocate', 'ftruncate', 'fsync', 'read'] as const;

/** A system call that the job makes itself, with its I/Os in flight; fio has nothing like it. */
export const jobCallSchema = v.strictObject({
  call: named(
    v.picklist(JOB_CALLS),
    'system call',
    'fallocate: punches a hole; ftruncate: sets the size to offset; fsync; read: a buffered read, which leaves pages in the cache.',
  ),
  after_ios: named(v.optional(int(0, LIMITS.ios), 0), 'after I/Os', 'Once so many I/Os were submitted.'),
  offset_bytes: named(v.optional(int(0, LIMITS.file_bytes), 0), 'offset', 'Where in the file.', 'B'),
  length_bytes: named(v.optional(int(1, LIMITS.file_bytes), 4096), 'length', 'How much of it.', 'B'),
});

/** One fio job as one task. All I/O is direct. */
export const fioActorSchema = v.strictObject({
  kind: v.literal('fio'),
  name: named(v.pipe(text(60), v.minLength(1, 'is empty')), 'job', 'Name of the job.'),
  file: named(id, 'file', 'The file it works on.'),
  rw: named(v.picklist(FIO_RW), 'rw', 'Direction and pattern.'),
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

const costsSchema = v.strictObject(
  Object.fromEntries(
    COST_IDS.map((cost) => [
      cost,
      named(v.optional(int(0, 1_000_000_000)), COSTS[cost].title, COSTS[cost].source, 'ns'),
    ]),
  ),
) as unknown as v.GenericSchema<Partial<Record<CostId, number>>>; // built from the table: the compiler cannot follow

const switchesSchema = v.strictObject(
  Object.fromEntries(
    SWITCH_IDS.map((name) => [
      name,
      named(
        v.optional(v.picklist(SWITCHES[name].values as readonly (string | boolean)[] as readonly string[])),
        SWITCHES[name].title,
        SWITCHES[name].help,
      ),
    ]),
  ),
) as unknown as v.GenericSchema<Partial<Switches>, Partial<Switches>>; // built from the table: the compiler cannot follow

export const scenarioSchema = v.strictObject({
  version: v.literal(1, 'is not 1, the only version so far'),
  title: named(v.optional(text(200), ''), 'title', 'What this scenario shows.'),
  machine: machineSchema,
  kernel: v.strictObject({
    name: named(v.picklist(KERNEL_NAMES), 'kernel', 'A named kernel sets every switch.'),
    switches: named(
      v.optional(switchesSchema, {}),
      'switches',
      'Single switches flipped against the named kernel.',
    ),
  }),
  files: v.pipe(
    v.array(fileSchema),
    v.minLength(1, 'is empty'),
    v.maxLength(LIMITS.files, `has more than ${LIMITS.files} entries`),
  ),
  actors: v.pipe(
    v.array(fioActorSchema),
    v.minLength(1, 'is empty'),
    v.maxLength(LIMITS.jobs, `has more than ${LIMITS.jobs} entries`),
  ),
  costs: named(v.optional(costsSchema, {}), 'costs', 'Durations that differ from the cost model.'),
  seed: named(v.optional(int(0, 4_294_967_295), 1), 'seed', 'Seed of all random choices.'),
  limits: v.optional(
    v.strictObject({
      sim_ns: named(
        v.optional(int(1000, LIMITS.sim_ns), LIMITS.sim_ns),
        'simulated time',
        'The run stops here.',
        'ns',
      ),
      events: named(
        v.optional(int(1000, LIMITS.events), 2_000_000),
        'events',
        'The run stops after so many log events.',
      ),
    }),
    {},
  ),
});

/** A valid scenario with all defaults filled in. */
export type Scenario = v.InferOutput<typeof scenarioSchema>;
/** A scenario as people write it: fields with defaults may be left out. */
export type ScenarioInput = v.InferInput<typeof scenarioSchema>;
export type FioActor = v.InferOutput<typeof fioActorSchema>;
export type JobCall = v.InferOutput<typeof jobCallSchema>;
export type Latency = v.InferOutput<typeof latencySchema>;
export type ScenarioFile = v.InferOutput<typeof fileSchema>;
export type Machine = v.InferOutput<typeof machineSchema>;
