import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { type Band, bandOf } from './bands.ts';
import { IN_PLACE_OF_INTERRUPTS } from './moments.ts';
import { NO_CALL, Stacks } from './stacks.ts';

// Rows that monitors look at, with what they happen inside of: one replay of the call stacks serves all monitors.

/** What a row is inside of, as bits. */
export const Inside = {
  PollLoop: 1,
  TaskWork: 2,
  Worker: 4,
  HandBack: 8,
  Zeroing: 16,
  /** A task that does what an interrupt does elsewhere. */
  ForInterrupt: 32,
  /** A driver that ends requests in the task that submits them. */
  InSubmission: 128,
  /** The end of a flush that may have served requests of several CPUs. */
  Flush: 64,
} as const;

/** A row and its surroundings. */
export type Site = {
  readonly row: number;
  readonly object: number;
  readonly band: Band;
  /** The task that runs there, or that the interrupt is on top of. */
  readonly task: number;
  /** Bits of `Inside`, from calls in the same band. */
  readonly inside: number;
  /** The dio or kiocb whose submission or completion is the innermost call of that sort around; 0 for none. */
  readonly around: number;
};

/** What an end_io of a filesystem is called, and what those call that needs a transaction. */
export const END_IO = [
  'xfs_dio_write_end_io',
  'ext4_dio_write_end_io',
  'zonefs_file_write_dio_end_io',
  'zonefs_file_read_dio_end_io',
] as const;
export const TRANSACTIONS = [
  'xfs_reflink_end_cow',
  'xfs_setfilesize',
  'xfs_iomap_write_unwritten',
  'ext4_convert_unwritten_extents',
  'ext4_handle_inode_extension',
] as const;

const WATCHED: readonly (readonly [Ev, readonly string[]])[] = [
  [
    Ev.Enter,
    [
      ...END_IO,
      ...TRANSACTIONS,
      'bio_endio',
      'generic_write_sync',
      'vfs_fsync_range',
      'iomap_dio_complete',
      'kiocb_invalidate_post_direct_write',
      'inode_dio_end',
      'inode_dio_wait',
    ],
  ],
  [Ev.Set, ['i_size', 'i_dio_count']],
  [Ev.New, ['bio']],
  [Ev.Trace, ['block_rq_complete']],
  [Ev.Notify, ['cqe']],
];
const INSIDE: readonly (readonly [number, readonly string[]])[] = [
  [Inside.PollLoop, ['io_do_iopoll']],
  [Inside.TaskWork, ['task_work_run', 'io_handle_tw_list', '__io_run_local_work']],
  [Inside.Worker, ['process_one_work']],
  [Inside.HandBack, ['iomap_dio_deferred_complete']],
  [Inside.Zeroing, ['iomap_dio_zero']],
  [Inside.Flush, ['flush_end_io']],
  [Inside.ForInterrupt, IN_PLACE_OF_INTERRUPTS],
  [Inside.InSubmission, ['nullb_complete_cmd']],
];
const AROUND = [
  'iomap_dio_complete',
  'iomap_dio_simple_complete',
  '__iomap_dio_rw',
  'iomap_dio_read_simple',
] as const;

const known = new WeakMap<LogView, { readonly rows: number; readonly sites: Map<string, Site[]> }>();

/** The sites of one kind and name, ascending; it has to be among the watched ones. */
export function sitesOf(log: LogView, kind: Ev, name: string): readonly Site[] {
  let entry = known.get(log);
  if (entry?.rows !== log.rows) {
    entry = { rows: log.rows, sites: collect(log) };
    known.set(log, entry);
  }
  return entry.sites.get(`${kind} ${name}`) ?? [];
}

/** The calls of a function. */
export const callsOf = (log: LogView, name: string): readonly Site[] => sitesOf(log, Ev.Enter, name);

function collect(log: LogView): Map<string, Site[]> {
  const sites = new Map<string, Site[]>();
  const watched = new Map<number, Site[]>();
  const keyOf = (kind: number, name: number): number => name * 32 + kind;
  for (const [kind, names] of WATCHED)
    for (const name of names) {
      const list: Site[] = [];
      sites.set(`${kind} ${name}`, list);
      if (log.stringId(name) >= 0) watched.set(keyOf(kind, log.stringId(name)), list);
    }
  const surroundings = new Surroundings(log);
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) {
    const { columns, first, count } = chunk;
    for (let i = 0; i < count; i++) {
      const row = first + i;
      surroundings.stacks.apply(columns, i, row);
      const list = watched.get(keyOf(columns.kind[i]!, columns.name[i]!));
      if (list === undefined) continue;
      const band = bandOf(columns.context[i]!);
      list.push({ row, object: columns.object[i]!, band, ...surroundings.at(columns.cpu[i]!, band) });
    }
  }
  return sites;
}

/** What the calls around a place of the log say about it. */
class Surroundings {
  readonly stacks = new Stacks();
  private readonly insideBits = new Map<number, number>();
  private readonly around: ReadonlySet<number>;

  constructor(log: LogView) {
    for (const [bit, names] of INSIDE) for (const name of names) this.insideBits.set(log.stringId(name), bit);
    this.around = new Set(AROUND.map((name) => log.stringId(name)));
  }

  at(cpu: number, band: Band): Pick<Site, 'task' | 'inside' | 'around'> {
    const { stacks } = this;
    let inside = 0;
    let around = 0;
    for (let c = stacks.top(cpu, band); c !== NO_CALL; c = stacks.below[c]!) {
      const name = stacks.name[c]!;
      inside |= this.insideBits.get(name) ?? 0;
      if (around === 0 && this.around.has(name)) around = stacks.object[c]!;
    }
    return { task: stacks.task(cpu), inside, around };
  }
}
