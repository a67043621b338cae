import { assert } from '../../base/assert.ts';
import { LIMITS } from '../limits.ts';
import type { ScenarioInput } from '../schema.ts';
import { ASSUMED_DEVICE, machineFor } from './assumed-machine.ts';
import type { SizeShare } from './block-sizes.ts';
import type { FioProblem } from './fio-text.ts';
import { FileTable } from './file-table.ts';
import type { Notes } from './notes.ts';
import { formatCpus, formatSizes, formatTime } from './format.ts';
import type { Workload } from './workload.ts';

type Actor = ScenarioInput['actors'][number];

/** What is simulated of the real amount of work. */
export type Simulated = {
  /** The most that one job does. */
  readonly ios_per_job: number;
  /** I/Os of the real job with the most; null where its run time ends it. */
  readonly of_ios: number | null;
  readonly of_runtime_ns: number | null;
  readonly why: string;
};

/** One job section: what it does, or why it is left out. */
export type FioJobSummary = {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly clones: number;
  /** "randwrite 4 KiB, io_uring, depth 16, CPU 4"; the reason for a job that is left out. */
  readonly what: string;
  /** I/Os that each clone does in the simulation; 0 for a job that is left out. */
  readonly ios: number;
};

export type PlanOptions = { readonly ncpus: number | null; readonly ios: number | null };
export type Plan = {
  readonly scenario: ScenarioInput;
  readonly summaries: readonly FioJobSummary[];
  readonly simulated: Simulated;
  /** What the text does not say and the scenario needs. */
  readonly assumptions: readonly string[];
  readonly problems: readonly FioProblem[];
};

/** About this many I/Os of all jobs together show the steady state and still run in a moment. */
const TOTAL_IOS = 2_000;

type Clone = { readonly workload: Workload; readonly index: number; readonly thread: number };

/** Makes a scenario of the jobs: clones, files, a machine, and a number of I/Os worth looking at. */
export function planScenario(workloads: readonly Workload[], notes: Notes, options: PlanOptions): Plan {
  assert(workloads.length > 0, 'a plan was asked for without jobs');
  const clones = clonesOf(workloads, notes);
  const shown = new Map(workloads.map((workload) => [workload, iosOf(workload, clones.length, options.ios)]));
  const files = new FileTable();
  const problems = workloads.flatMap(problemsOf);
  const actors = clones.map((clone) => actorOf(clone, shown.get(clone.workload) ?? 1, files));
  const machine = machineFor(actors, options.ncpus);
  const uncached = workloads.some(({ dontcache }) => dontcache);
  const summaries = workloads.map((workload) => summaryOf(workload, clones, shown.get(workload) ?? 1));
  const scenario: ScenarioInput = {
    version: 1,
    title: titleOf(summaries),
    machine,
    kernel: { name: uncached ? '7.3.4' : 'v6.6-to-v6.18' },
    files: files.list(),
    actors,
    seed: seedOf(workloads),
    ...limitsOf(workloads),
  };
  const assumptions = [
    `a machine of ${machine.cpus} CPUs with an NVMe queue each; ${ASSUMED_DEVICE}`,
    `${uncached ? 'Linux 7.3.4' : 'Linux 6.6 to 6.18'}; every file is on XFS and all of its blocks are written`,
    ...(workloads.some(leavesDirty) ? [LEFT_DIRTY] : []),
    ...(actors.some(({ taskrun }) => taskrun === 'defer') ? [ASSUMED_RING] : []),
    ...files.remarks(),
  ];
  return {
    scenario,
    summaries,
    simulated: simulatedOf(workloads, shown, options.ios),
    assumptions,
    problems,
  };
}

function clonesOf(workloads: readonly Workload[], notes: Notes): Clone[] {
  const clones: Clone[] = [];
  let thread = 0; // fio counts all clones of all jobs; cpus_allowed_policy=split goes by it
  for (const [i, workload] of workloads.entries()) {
    const { numjobs } = workload.job.settings;
    const room = LIMITS.jobs - clones.length - (workloads.length - 1 - i);
    const wanted = numjobs?.value ?? 1;
    const count = Math.max(1, Math.min(wanted, room));
    if (count < wanted && numjobs !== undefined)
      notes.say(numjobs.entry, {
        kind: 'substituted',
        job: workload.job.name,
        message: `${count} clones are simulated: the limit is ${LIMITS.jobs} jobs in all`,
      });
    for (let index = 0; index < count; index++) clones.push({ workload, index, thread: thread + index });
    thread += wanted;
  }
  return clones.slice(0, LIMITS.jobs);
}

/** A few rounds of the queue, a fair share of the total, and never more than the job does. */
function iosOf({ iodepth, total_ios }: Workload, jobs: number, asked: number | null): number {
  const rounds = Math.max(iodepth * 8, 64);
  const wanted = asked ?? Math.min(rounds, Math.max(1, Math.floor(TOTAL_IOS / jobs)));
  return Math.max(1, Math.min(wanted, total_ios ?? Infinity, LIMITS.ios));
}

function actorOf({ workload, index, thread }: Clone, ios: number, files: FileTable): Actor {
  const { job, bs_read, bs_write, size_bytes } = workload;
  const { settings } = job;
  const numjobs = settings.numjobs?.value ?? 1;
  const offset_bytes = workload.offset_bytes + index * workload.increment_bytes;
  const name = settings.filename?.value[0] ?? `${job.name}.${index}.0`;
  const fits = (shares: readonly SizeShare[]): SizeShare[] => {
    const fitting = shares.filter(({ bytes }) => bytes <= size_bytes);
    return fitting.length > 0 ? fitting : [{ bytes: 512, weight: 1 }];
  };
  const cpus = cpusOf(workload, thread);
  return {
    kind: 'fio',
    name: (numjobs > 1 ? `${job.name.slice(0, 52)}.${index}` : job.name).slice(0, 60),
    file: files.use(name, offset_bytes + size_bytes, workload.direct),
    rw: workload.rw,
    ...(workload.rw.endsWith('rw') ? { rwmixread: workload.rwmixread } : {}),
    direct: workload.direct,
    ...(workload.dontcache ? { dontcache: true } : {}),
    ...(workload.fsync > 0 ? { fsync: workload.fsync } : {}),
    ...(workload.end_fsync ? { end_fsync: true } : {}),
    ioengine: workload.engine,
    hipri: workload.hipri,
    ...(workload.sync === 'none' ? {} : { sync: workload.sync }),
    ...ringOf(workload),
    bs_read: fits(bs_read),
    bs_write: fits(bs_write),
    iodepth: workload.iodepth,
    iodepth_batch_submit: workload.batch_submit,
    iodepth_batch_complete_min: workload.batch_complete_min,
    offset_bytes,
    size_bytes,
    norandommap: workload.norandommap,
    ...(cpus === null ? {} : { cpus_allowed: [...cpus] }),
    ios,
    thinktime_ns: workload.thinktime_ns,
    rate_iops: workload.rate_iops,
    start_delay_ns: workload.start_delay_ns,
    stonewall: workload.stonewall && index === 0, // clones start with the first of them
  };
}

const LEFT_DIRTY =
  'what buffered writes dirty is written back only for an fsync or for uncached I/O: the run ends before the flusher’s own time comes';

const leavesDirty = ({ direct, rw, fsync, end_fsync, dontcache, sync }: Workload): boolean =>
  !direct && !rw.endsWith('read') && fsync === 0 && !end_fsync && !dontcache && sync === 'none';

const ASSUMED_RING = 'fio 3.33 or newer, whose io_uring rings are DEFER_TASKRUN';

/** As fio sets its ring up: the kernel refuses DEFER_TASKRUN with a thread that submits, and fio then goes without. */
function ringOf({
  engine,
  sqthread,
}: Workload): Pick<Actor, 'taskrun' | 'sqthread_poll' | 'sqthread_poll_cpu'> {
  if (engine !== 'io_uring') return {};
  if (sqthread === null) return { taskrun: 'defer' };
  return { sqthread_poll: true, ...(sqthread.cpu === null ? {} : { sqthread_poll_cpu: sqthread.cpu }) };
}

/** With cpus_allowed_policy=split each clone gets one CPU of the set, counting all jobs. */
function cpusOf({ job }: Workload, thread: number): readonly number[] | null {
  const { cpus_allowed, cpus_allowed_policy } = job.settings;
  const cpus = cpus_allowed?.value ?? null;
  const own = cpus?.[thread % cpus.length];
  return cpus_allowed_policy?.value === 'split' && own !== undefined ? [own] : cpus;
}

/** fio refuses a region that is smaller than the smallest I/O. */
function problemsOf(workload: Workload): FioProblem[] {
  const { job, size_bytes } = workload;
  const smallest = Math.min(...usedSizes(workload));
  if (smallest <= size_bytes) return [];
  const entry = job.settings.size?.entry ?? job.settings.filesize?.entry ?? null;
  const message = `the region of job ${job.name} holds ${size_bytes} bytes, less than its smallest I/O of ${smallest}`;
  return [{ ...(entry?.at ?? job.at), message, text: entry?.value ?? job.name }];
}

function usedSizes({ bs_read, bs_write, rwmixread }: Workload): number[] {
  const used = [...(rwmixread > 0 ? bs_read : []), ...(rwmixread < 100 ? bs_write : [])];
  return used.map(({ bytes }) => bytes);
}

function seedOf(workloads: readonly Workload[]): number {
  const seed =
    workloads.find(({ job }) => job.settings.randseed !== undefined)?.job.settings.randseed?.value ?? 1;
  return seed % 4_294_967_296;
}

/** Where every job has a run time, the run ends with the last of them. */
function limitsOf(workloads: readonly Workload[]): { limits?: { sim_ns: number } } {
  let end_ns = 0;
  let group_ns = 0;
  for (const { runtime_ns, start_delay_ns, stonewall } of workloads) {
    if (runtime_ns === null) return {};
    if (stonewall) [end_ns, group_ns] = [end_ns + group_ns, 0];
    group_ns = Math.max(group_ns, start_delay_ns + runtime_ns);
  }
  return { limits: { sim_ns: Math.min(LIMITS.sim_ns, Math.max(1_000, end_ns + group_ns)) } };
}

function simulatedOf(
  workloads: readonly Workload[],
  shown: ReadonlyMap<Workload, number>,
  asked: number | null,
): Simulated {
  const largest = workloads.reduce((a, b) => ((shown.get(b) ?? 0) > (shown.get(a) ?? 0) ? b : a));
  const ios_per_job = shown.get(largest) ?? 1;
  const { total_ios, runtime_ns } = largest;
  const of_runtime_ns = total_ios === null ? runtime_ns : null;
  return {
    ios_per_job,
    of_ios: total_ios,
    of_runtime_ns,
    why: whyThatMany(ios_per_job, total_ios, runtime_ns, asked),
  };
}

function whyThatMany(
  ios: number,
  total: number | null,
  runtime_ns: number | null,
  asked: number | null,
): string {
  if (ios === total) return 'all I/Os of the job';
  const whole = total === null ? `stand for the run of ${formatTime(runtime_ns ?? 0)}` : `of ${total}`;
  if (ios === asked) return `${ios} I/Os ${whole}, as asked for`;
  return `${ios} I/Os ${whole}: several rounds of the queue show the steady state, more would only take longer`;
}

function summaryOf(workload: Workload, clones: readonly Clone[], ios: number): FioJobSummary {
  const { job, rw, engine, hipri, sync, iodepth, direct, dontcache } = workload;
  const cpus = job.settings.cpus_allowed?.value;
  const parts = [
    `${rw} ${formatSizes(usedSizes(workload))}`,
    hipri ? `${engine} polled` : engine,
    ...(direct ? [] : [dontcache ? 'uncached' : 'buffered']),
    ...(sync === 'none' ? [] : [sync === 'dsync' ? 'O_DSYNC' : 'O_SYNC']),
    `depth ${iodepth}`,
    ...(cpus === undefined ? [] : [formatCpus(cpus)]),
  ];
  const count = clones.filter((clone) => clone.workload === workload).length;
  return { name: job.name, ...job.at, clones: count, what: parts.join(', '), ios };
}

function titleOf(summaries: readonly FioJobSummary[]): string {
  const [first] = summaries;
  const more = summaries.length > 1 ? ` and ${summaries.length - 1} more` : '';
  return `${first?.name.slice(0, 60) ?? ''}: ${first?.what.slice(0, 110) ?? ''}${more}`;
}
