import { LIMITS } from '../limits.ts';
import type { FIO_RW } from '../schema-job.ts';
import { blockSizes, meanSize, type SizeShare } from './block-sizes.ts';
import { chooseEngine, type Engine } from './engines.ts';
import type { Entry } from './fio-text.ts';
import type { FioJob } from './jobs.ts';
import type { Notes } from './notes.ts';
import { Sayer } from './sayer.ts';
import type { Pattern, Settings } from './settings.ts';
import { type Region, rateOf, regionOf, startDelayOf, thinktimeOf, totalIos } from './work-amount.ts';

type Rw = (typeof FIO_RW)[number];

/** What one job asks for, before it is cloned and before the number of simulated I/Os is chosen. */
export type Workload = Region & {
  readonly job: FioJob;
  readonly rw: Rw;
  readonly rwmixread: number;
  readonly engine: Engine;
  readonly hipri: boolean;
  readonly direct: boolean;
  readonly dontcache: boolean;
  /** An fsync after so many writes; 0: none. */
  readonly fsync: number;
  readonly end_fsync: boolean;
  readonly sync: 'none' | 'dsync' | 'sync';
  /** A thread of the kernel submits; bound to a CPU or not. */
  readonly sqthread: { readonly cpu: number | null } | null;
  readonly bs_read: readonly SizeShare[];
  readonly bs_write: readonly SizeShare[];
  readonly iodepth: number;
  readonly batch_submit: number;
  readonly batch_complete_min: number;
  readonly norandommap: boolean;
  readonly thinktime_ns: number;
  readonly rate_iops: number;
  readonly start_delay_ns: number;
  readonly stonewall: boolean;
  /** I/Os of the real job; null where only its run time ends it. */
  readonly total_ios: number | null;
  readonly runtime_ns: number | null;
};
/** A job that cannot be simulated: why, and which option says so. */
export type Refusal = { readonly job: FioJob; readonly reason: string; readonly entry: Entry | null };

/** Reads a job’s settings as a workload, or says why it cannot be one. Leaves notes on what is simulated instead. */
export function workloadOf(job: FioJob, notes: Notes): Workload | Refusal {
  const { settings } = job;
  const chosen = chooseEngine(settings.ioengine?.value ?? 'psync');
  if (chosen.engine === null)
    return {
      job,
      reason: `ioengine=${settings.ioengine?.value ?? ''} ${chosen.reason}`,
      entry: settings.ioengine?.entry ?? null,
    };
  const say = new Sayer(job, notes);
  const direction = directionOf(settings.rw?.value.pattern ?? 'read');
  if (direction === null)
    return {
      job,
      reason: 'only discards blocks (trim), which is not modelled yet',
      entry: settings.rw?.entry ?? null,
    };
  if (chosen.instead !== null) say.instead('ioengine', chosen.instead);
  sayDirection(say, settings);
  const direct = settings.direct?.value ?? false;
  if (direct) say.noEffect('uncached', 'direct I/O leaves no pages in the cache');
  sayFiles(say, settings);
  const rwmixread = direction.mixed
    ? (settings.rwmixread?.value ?? 50)
    : direction.rw.endsWith('read')
      ? 100
      : 0;
  const [bs_read, bs_write] = [
    sizes(say, settings, 'read', rwmixread > 0),
    sizes(say, settings, 'write', rwmixread < 100),
  ];
  const mean_bytes = (meanSize(bs_read) * rwmixread + meanSize(bs_write) * (100 - rwmixread)) / 100;
  const region = regionOf(say, settings);
  const rate_iops = rateOf(say, settings, rwmixread, {
    read: meanSize(bs_read),
    write: meanSize(bs_write),
    trim: 0,
  });
  const runtime_ns =
    settings.runtime === undefined || settings.runtime.value === 0 ? null : settings.runtime.value;
  return {
    job,
    rw: direction.rw,
    rwmixread,
    engine: chosen.engine,
    hipri: hipriOf(say, settings, chosen.engine),
    direct,
    dontcache: !direct && (settings.uncached?.value ?? false),
    ...fsyncsOf(say, settings),
    sync: settings.sync?.value ?? 'none',
    sqthread: sqthreadOf(say, settings, chosen.engine),
    bs_read,
    bs_write,
    ...depthsOf(say, settings, chosen.synchronous),
    ...region,
    norandommap: settings.norandommap?.value ?? false,
    thinktime_ns: thinktimeOf(say, settings),
    rate_iops,
    start_delay_ns: startDelayOf(say, settings),
    stonewall: stonewallOf(say, settings),
    total_ios: totalIos(say, settings, region.size_bytes, mean_bytes, rate_iops, runtime_ns),
    runtime_ns,
  };
}

function directionOf(pattern: Pattern): { rw: Rw; mixed: boolean } | null {
  switch (pattern) {
    case 'trim':
    case 'randtrim':
      return null;
    case 'trimwrite':
      return { rw: 'write', mixed: false };
    case 'randtrimwrite':
      return { rw: 'randwrite', mixed: false };
    default:
      return { rw: pattern, mixed: pattern.endsWith('rw') };
  }
}

function sayDirection(say: Sayer, { rw }: Settings): void {
  if (rw === undefined) return;
  if (rw.value.pattern.includes('trim'))
    say.instead('rw', 'only the writes are simulated, without the discards before them');
  else if (rw.value.suffix !== null)
    say.instead('rw', `the suffix :${rw.value.suffix} is left out: offsets simply follow or are random`);
}

/** fio calls fdatasync after so many writes where it would call fsync. */
function fsyncsOf(say: Sayer, settings: Settings): Pick<Workload, 'fsync' | 'end_fsync'> {
  const { fsync, fdatasync, end_fsync, fsync_on_close } = settings;
  const every = Math.min(fsync?.value ?? 0, LIMITS.ios);
  const everyData = Math.min(fdatasync?.value ?? 0, LIMITS.ios);
  if (everyData > 0)
    say.instead('fdatasync', every > 0 ? 'the calls of fsync are enough' : 'it is simulated as fsync');
  if (fsync_on_close?.value === true)
    say.instead('fsync_on_close', 'the fsync comes after the last I/O (end_fsync)');
  return {
    fsync: every > 0 ? every : everyData,
    end_fsync: (end_fsync?.value ?? false) || (fsync_on_close?.value ?? false),
  };
}

function sayFiles(say: Sayer, { filename, nrfiles, direct }: Settings): void {
  const [name = ''] = filename?.value ?? [];
  if ((filename?.value.length ?? 0) > 1) say.instead('filename', `${name} stands for all files of the job`);
  else if (name.startsWith('/dev/') && direct?.value === true)
    say.instead('filename', 'for direct I/O a device is simulated as a file on XFS');
  if ((nrfiles?.value ?? 1) > 1) say.instead('nrfiles', 'one file stands for all files of the job');
}

function sizes(
  say: Sayer,
  settings: Settings,
  direction: 'read' | 'write',
  used: boolean,
): readonly SizeShare[] {
  const found = blockSizes(settings, direction);
  if (used && found.instead !== null) say.on(found.entry, 'substituted', found.instead);
  return found.shares;
}

function hipriOf(say: Sayer, { hipri, ioengine }: Settings, engine: Engine): boolean {
  if (hipri?.value !== true) return false;
  if (engine === 'io_uring') return true;
  const ignored =
    ioengine?.value === 'pvsync2'
      ? 'since Linux 5.19 a synchronous direct I/O ignores RWF_HIPRI'
      : 'fio knows it for io_uring and pvsync2 only and would stop here';
  say.noEffect('hipri', ignored);
  return false;
}

function sqthreadOf(say: Sayer, settings: Settings, engine: Engine): Workload['sqthread'] {
  const { sqthread_poll, sqthread_poll_cpu } = settings;
  if (engine !== 'io_uring' || sqthread_poll?.value !== true) {
    if (engine !== 'io_uring')
      say.noEffect('sqthread_poll', 'fio knows it for io_uring only and would stop here');
    say.noEffect('sqthread_poll_cpu', 'there is no such thread without sqthread_poll');
    return null;
  }
  return { cpu: sqthread_poll_cpu?.value ?? null };
}

function depthsOf(
  say: Sayer,
  settings: Settings,
  synchronous: boolean,
): Pick<Workload, 'iodepth' | 'batch_submit' | 'batch_complete_min'> {
  const wanted = settings.iodepth?.value ?? 1;
  if (synchronous) {
    const options = ['iodepth', 'iodepth_batch', 'iodepth_batch_complete_min', 'iodepth_low'] as const;
    for (const option of options) say.noEffect(option, 'a synchronous engine has one I/O in flight');
    return { iodepth: 1, batch_submit: 1, batch_complete_min: 1 };
  }
  const iodepth = Math.min(wanted, LIMITS.iodepth);
  if (iodepth < wanted) say.instead('iodepth', `the simulator’s limit of ${LIMITS.iodepth} is used`);
  if (settings.iodepth_batch_complete_max !== undefined)
    say.instead('iodepth_batch_complete_max', 'the job reaps all completions that it finds');
  const batch = settings.iodepth_batch?.value ?? 1;
  const least = Math.min(settings.iodepth_batch_complete_min?.value ?? 1, iodepth);
  const low = settings.iodepth_low?.value ?? 0;
  const drained = low > 0 && low < iodepth ? iodepth - low : 0;
  if (drained > 0) say.instead('iodepth_low', `a full queue waits for ${drained} completions at once`);
  return {
    iodepth,
    batch_submit: batch === 0 ? iodepth : Math.min(batch, iodepth),
    batch_complete_min: Math.max(least, drained),
  };
}

function stonewallOf(say: Sayer, { stonewall, wait_for }: Settings): boolean {
  if (wait_for !== undefined) say.instead('wait_for', 'the job waits for all jobs before it (stonewall)');
  return (stonewall?.value ?? false) || wait_for !== undefined;
}
