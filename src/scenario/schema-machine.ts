/** The machine of a scenario, with its device. */
import * as v from 'valibot';
import { LIMITS } from './limits.ts';
import { int, named } from './schema-values.ts';

export const DRIVERS = ['nvme', 'null_blk'] as const;
export const IRQMODES = ['none', 'timer', 'locked'] as const;
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
  use_threaded_interrupts: named(
    v.optional(v.boolean(), false),
    'threaded interrupts',
    'nvme.use_threaded_interrupts: the interrupt only looks whether something is done, a real-time thread that can be preempted does the rest.',
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

/** A CPU that goes offline, and perhaps comes back. */
export const offlineSchema = v.strictObject({
  cpu: named(int(1, LIMITS.cpus - 1), 'CPU', 'Which one goes; CPU 0 stays.'),
  at_ns: named(
    v.optional(int(0, LIMITS.sim_ns), 0),
    'offline at',
    'When 0 is written to its file “online”. Until it is dead takes some ten milliseconds.',
    'ns',
  ),
  online_at_ns: named(
    v.optional(int(0, LIMITS.sim_ns)),
    'online again at',
    'When 1 is written there; without it the CPU stays offline.',
    'ns',
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
    v.optional(v.picklist(['none', 'voluntary', 'full', 'lazy', 'rt']), 'voluntary'),
    'preemption model',
    'When a woken task may take the CPU from a task in the kernel (preempt=). “rt” is a kernel built with PREEMPT_RT: also from softirqs, interrupt handlers (all in threads) and holders of spinlocks.',
  ),
  preempt_count: named(
    v.optional(v.boolean(), true),
    'PREEMPT_COUNT',
    'Does the kernel count how often preemption is disabled? Without it, only with preempt none or voluntary, no code can know whether it may sleep. Cannot be built on x86 and arm64 since commit 7dadeaa6e851.',
  ),
  preempt_rcu: named(
    v.optional(v.boolean(), true),
    'PREEMPT_RCU',
    'Whether RCU readers can be preempted, as in every kernel with PREEMPT_DYNAMIC; otherwise rcu_read_lock() disables preemption. Not without PREEMPT_COUNT; always with PREEMPT_RT.',
  ),
  threadirqs: named(
    v.optional(v.boolean(), false),
    'threadirqs',
    'Boot parameter: interrupts of devices are handled in real-time threads, with bottom halves and interrupts off; softirqs run in ksoftirqd and ktimers. Always so with PREEMPT_RT, but with interrupts on.',
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
  driver: named(
    v.optional(v.picklist(DRIVERS), 'nvme'),
    'driver',
    'nvme: completions come as interrupts. null_blk: it has no device; requests end where irqmode says.',
  ),
  irqmode: named(
    v.optional(v.picklist(IRQMODES), 'none'),
    'null_blk.irqmode',
    'none: in the task that submits; timer: in the interrupt of a timer; locked: in the task that submits, under a spinlock (not of Linux).',
  ),
  offline: named(
    v.optional(v.pipe(v.array(offlineSchema), v.maxLength(LIMITS.cpus - 1, 'takes CPU 0, too')), []),
    'CPUs that go offline',
    'Each at most once. Their interrupts, timers, tasks and what they have queued go to other CPUs.',
  ),
  buffer_head: named(
    v.optional(v.boolean(), true),
    'BUFFER_HEAD',
    'CONFIG_BUFFER_HEAD: block devices are written back through buffer heads, as in every usual kernel; otherwise through iomap.',
  ),
  nvme: nvmeSchema,
});

export type Latency = v.InferOutput<typeof latencySchema>;
export type Machine = v.InferOutput<typeof machineSchema>;
export type CpuOffline = v.InferOutput<typeof offlineSchema>;

/** Length of a jiffy. */
export const jiffy_ns = (hz: Machine['hz']): number => Math.round(1e9 / hz);
