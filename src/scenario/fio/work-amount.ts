import { LIMITS } from '../limits.ts';
import { LOGICAL_BLOCK } from './block-sizes.ts';
import type { Sayer } from './sayer.ts';
import type { Settings } from './settings.ts';
import type { Amount, Triple } from './values.ts';

export type Region = {
  readonly offset_bytes: number;
  /** How much further each clone starts. */
  readonly increment_bytes: number;
  readonly size_bytes: number;
};

/** What a file holds where nothing says how large it is. */
const ASSUMED_FILE_BYTES = 1024 * 1024 * 1024;

/** Where in its file a job works. */
export function regionOf(say: Sayer, settings: Settings): Region {
  const { size, filesize, offset, offset_increment, nrfiles } = settings;
  const file = filesize === undefined ? ASSUMED_FILE_BYTES : filesize.value.high * (nrfiles?.value ?? 1);
  const part = (
    option: 'size' | 'offset' | 'offset_increment',
    amount: Amount | undefined,
    of: number,
  ): number => {
    if (amount?.kind === 'zones') say.instead(option, 'a zone counts as 256 MiB');
    if (amount?.kind === 'percent' && filesize === undefined)
      say.instead(option, 'the file is taken to hold 1 GiB, for nothing says how large it is');
    return bytesOf(amount, of);
  };
  const offset_bytes = part('offset', offset?.value, file);
  const rest = Math.max(LOGICAL_BLOCK, file > offset_bytes ? file - offset_bytes : file);
  const wanted = part('size', size?.value, file);
  const most = LIMITS.file_bytes / 4; // offset, increments and region together stay below the limit
  return {
    offset_bytes: blocks(Math.min(offset_bytes, most)),
    increment_bytes: blocks(
      Math.min(part('offset_increment', offset_increment?.value, file), most / LIMITS.jobs),
    ),
    size_bytes: Math.max(LOGICAL_BLOCK, blocks(Math.min(wanted === 0 ? rest : wanted, most))),
  };
}

const ZONE_BYTES = 256 * 1024 * 1024;

function bytesOf(amount: Amount | undefined, whole: number): number {
  if (amount === undefined) return 0;
  if (amount.kind === 'bytes') return amount.count;
  return amount.kind === 'zones' ? amount.count * ZONE_BYTES : Math.floor((whole / 100) * amount.count);
}

const blocks = (bytes: number): number => Math.floor(bytes / LOGICAL_BLOCK) * LOGICAL_BLOCK;

/** I/Os a second over both directions; 0 means no limit. */
export function rateOf(
  say: Sayer,
  { rate, rate_iops }: Settings,
  rwmixread: number,
  mean: Triple<number>,
): number {
  const limits = rate_iops?.value ?? { read: 0, write: 0, trim: 0 };
  const bytes = rate?.value ?? { read: 0, write: 0, trim: 0 };
  const of = (direction: 'read' | 'write', percent: number): number => {
    const own = limits[direction] > 0 ? limits[direction] : bytes[direction] / mean[direction];
    return percent === 0 || own === 0 ? Infinity : (own * 100) / percent;
  };
  const total = Math.min(of('read', rwmixread), of('write', 100 - rwmixread));
  if (total === Infinity) return 0;
  if (rate !== undefined)
    say.instead('rate', `evenly spaced I/Os of that rate, about ${Math.ceil(total)} a second`);
  return Math.min(100_000_000, Math.max(1, Math.round(total)));
}

/** The pause after each I/O, in nanoseconds. */
export function thinktimeOf(say: Sayer, { thinktime, thinktime_blocks }: Settings): number {
  const pause = thinktime?.value ?? 0;
  const every = Math.max(1, thinktime_blocks?.value ?? 1);
  if (every > 1 && pause > 0)
    say.instead('thinktime_blocks', `a pause ${every} times shorter after each I/O`);
  const own = Math.floor(pause / every);
  if (own > 10_000_000_000) say.instead('thinktime', 'the simulator’s limit of 10 s is used');
  return Math.min(own, 10_000_000_000);
}

/** When the job starts, in nanoseconds. */
export function startDelayOf(say: Sayer, { startdelay }: Settings): number {
  if (startdelay === undefined) return 0;
  const { low, high } = startdelay.value;
  if (low < high) say.instead('startdelay', 'the job starts at the lower end of the range');
  if (low > LIMITS.sim_ns) say.instead('startdelay', 'the simulator’s limit of one hour is used');
  return Math.min(low, LIMITS.sim_ns);
}

/** I/Os of the real job: the least of what its size, number_ios, and run time at its rate allow; null without such a bound. */
export function totalIos(
  say: Sayer,
  settings: Settings,
  size_bytes: number,
  mean_bytes: number,
  rate_iops: number,
  runtime_ns: number | null,
): number | null {
  const { time_based, number_ios, io_size, loops } = settings;
  const endless = time_based?.value === true && runtime_ns !== null;
  if (time_based?.value === true && runtime_ns === null)
    say.noEffect('time_based', 'needs a runtime to have an effect');
  const work = bytesOf(io_size?.value, size_bytes);
  const once = Math.max(1, Math.floor((work === 0 ? size_bytes : work) / mean_bytes));
  const bounds = [
    endless ? Infinity : once * Math.max(1, loops?.value ?? 1),
    (number_ios?.value ?? 0) > 0 ? (number_ios?.value ?? 0) : Infinity,
    runtime_ns !== null && rate_iops > 0 ? Math.max(1, Math.ceil((runtime_ns / 1e9) * rate_iops)) : Infinity,
  ];
  const total = Math.min(...bounds);
  return total === Infinity ? null : total;
}
