/**
 * Buffered I/O is compared run by run. A run is what one context does without another's doing it: an interrupt, the
 * execution of a work item, a system call. Which of two tasks gets to write a dirty folio, how many folios share a bio and
 * how many bios an interrupt ends is chance; so repetitions within a run count once, and compared are the different runs
 * that there are in each kind of context.
 */
import { type Call, callText, PLACES } from './calls.ts';
import type { Divergence } from './compare.ts';

/** A call with the number of the run that it is part of. */
export type RunCall = Call & { readonly run: number };

/** A pass of writeback begins with one of these, and goes on until something that comes after it. */
const PASS_BEGINS = /^(xfs_vm|ext4|blkdev|gfs2|zonefs)_writepages$/;
const PASS_IS_OVER =
  /^(__filemap_fdatawait_range|wb_workfn|__writeback_single_inode|blkdev_issue_flush|vfs_write|filemap_writeback|file_write_and_wait_range)$/;
const PASS_SUBMITS = /^submit_bio$/;
/** null_blk ends a request when it is issued, which a plug may put off until after the next inode. */
const ENDS_HERE = /^blk_mq_end_request$/;

/**
 * With the passes over dirty folios as runs of their own, wherever they happen: whether the flusher or the caller of a sync
 * comes first is chance. So is whether a pass finds anything, and whether the requests of one were held back in a plug.
 */
export function withPasses(calls: readonly RunCall[]): RunCall[] {
  const passes = new Map<number, number>();
  const over = new Set<number>();
  const submitters = new Map<number, number>();
  let runs = calls.reduce((most, { run }) => Math.max(most, run), 0) + 1;
  const parted = calls.map((call): RunCall => {
    if (call.place !== 'task' && call.place !== 'kworker') return call;
    if (PASS_BEGINS.test(call.name)) {
      passes.set(call.run, runs++);
      over.delete(call.run);
    } else if (PASS_IS_OVER.test(call.name)) over.add(call.run);
    const submitter = submitters.get(call.run);
    if (ENDS_HERE.test(call.name) && submitter !== undefined) {
      passes.set(call.run, submitter);
      over.delete(call.run);
    }
    const issues = /^nvme_queue_rqs?$/.test(call.name); // what the plug held back may come after the next inode
    const pass = (issues ? submitter : null) ?? passes.get(call.run);
    if (pass !== undefined && PASS_SUBMITS.test(call.name)) submitters.set(call.run, pass);
    if (pass === undefined || (over.has(call.run) && !issues)) return call;
    const name = issues ? 'nvme_queue_rq' : call.name;
    return { ...call, name, place: 'writeback', run: pass };
  });
  const submitting = new Set(parted.filter(({ name }) => PASS_SUBMITS.test(name)).map(({ run }) => run));
  return parted.filter(
    ({ place, run, name }) =>
      (place !== 'writeback' || submitting.has(run)) && name !== '__writeback_single_inode',
  );
}

/** A drive's interrupt ends some requests one by one and then the others as a batch. */
const ONE_BY_ONE = /^nvme_complete_rq$/;
const BATCH_BEGINS = /^nvme_pci_complete_batch$/;
const FINDS = /^(nvme_irq|blk_mq_complete_request_remote)$/;

/** With the batch that an interrupt ends after other requests as an interrupt of its own, as when only its requests had been done:
 *  which requests share an interrupt is chance. */
export function withBatches(calls: readonly RunCall[]): RunCall[] {
  let runs = calls.reduce((most, { run }) => Math.max(most, run), 0) + 1;
  const found = new Map<number, RunCall[]>();
  const single = new Set<number>();
  const batch = new Map<number, number>();
  return calls.flatMap((call) => {
    const { run, name } = call;
    if (FINDS.test(name)) found.set(run, [...(found.get(run) ?? []), call]);
    if (ONE_BY_ONE.test(name)) single.add(run);
    const begins = BATCH_BEGINS.test(name) && single.has(run) && !batch.has(run);
    if (begins) batch.set(run, runs++);
    const own = batch.get(run);
    if (own === undefined) return [call];
    const before = begins ? (found.get(run) ?? []) : [];
    return [...before, call].map((part) => ({ ...part, run: own }));
  });
}

/** Null when both sides have the same runs in each kind of context, and the parts of the way in the same order. */
export function compareRuns(expected: readonly RunCall[], got: readonly RunCall[]): Divergence | null {
  for (const place of PLACES) {
    const [ours, theirs] = [expected, got].map((calls) =>
      runsOf(calls.filter((call) => call.place === place)),
    ) as [string[][], string[][]]; // of two lists
    const missing = ours.find((run) => !theirs.some((other) => same(run, other)));
    const surplus = theirs.find((run) => !ours.some((other) => same(run, other)));
    if (missing === undefined && surplus === undefined) continue;
    const expectedRun = missing ?? [];
    const gotRun = nearest(expectedRun, theirs) ?? surplus ?? [];
    const shown = missing === undefined ? (nearest(surplus ?? [], ours) ?? []) : expectedRun;
    const other = missing === undefined ? (surplus ?? []) : gotRun;
    return { what: `calls in ${place}`, expected: shown, got: other, at: firstDifference(shown, other) };
  }
  return orderDivergence(expected, got);
}

/** The different runs of some calls, each without repetitions, in the order in which they first appear. */
export function runsOf(calls: readonly RunCall[]): string[][] {
  const byRun = new Map<number, string[]>();
  for (const call of calls) {
    const run = byRun.get(call.run) ?? [];
    byRun.set(call.run, run);
    run.push(callText(call));
  }
  const runs: string[][] = [];
  for (const run of byRun.values()) {
    const once = withoutRepetitions(run);
    if (!runs.some((other) => same(once, other))) runs.push(once);
  }
  return runs;
}

/** The longest part that is looked for again right behind itself. */
const LONGEST_PART = 24;

/** Each part that is followed by itself once, whatever its length; short parts first. */
export function withoutRepetitions(run: readonly string[]): string[] {
  let calls = [...run];
  for (let length = 1; length <= LONGEST_PART; length++) {
    const kept: string[] = [];
    for (let at = 0; at < calls.length;) {
      const part = calls.slice(at, at + length);
      const before = kept.slice(-length);
      if (part.length === length && before.length === length && same(part, before)) at += length;
      else {
        kept.push(calls[at] ?? '');
        at++;
      }
    }
    calls = kept;
  }
  return calls;
}

/** The steps of the way whose first appearances have an order that is no chance. */
const WAY = [
  /^submit_bio$/,
  /^bio_endio$/,
  /^(__bio_complete_in_task|xfs_end_bio|ext4_put_io_end_defer)$/,
  /^(bio_complete_work_fn|xfs_end_io|ext4_end_io_rsv_work|iomap_fail_ioends)$/,
  /^folio_unmap_invalidate$/,
];

function orderDivergence(expected: readonly Call[], got: readonly Call[]): Divergence | null {
  const [ours, theirs] = [expected, got].map(wayOf) as [string[], string[]]; // of two lists
  return same(ours, theirs)
    ? null
    : { what: 'order of the way', expected: ours, got: theirs, at: firstDifference(ours, theirs) };
}

const wayOf = (calls: readonly Call[]): string[] => {
  const first = WAY.map((step) => calls.findIndex(({ name }) => step.test(name)));
  return first
    .filter((at) => at >= 0)
    .sort((a, b) => a - b)
    .map((at) => callText(calls[at] as Call)); // an index that was found
};

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);

function firstDifference(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((text, i) => text !== b[i]);
  return at < 0 ? a.length : at;
}

/** The run that goes along with `run` for longest. */
function nearest(run: readonly string[], others: readonly string[][]): string[] | null {
  return others.reduce<string[] | null>(
    (best, other) =>
      best === null || firstDifference(run, other) > firstDifference(run, best) ? other : best,
    null,
  );
}
