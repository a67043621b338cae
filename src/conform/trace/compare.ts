/** Do two lists of calls tell the same story? */
import { type Call, callText, type Place, PLACES } from './calls.ts';
import { mergedInterrupts, mergedSoftirqs } from './normal.ts';

/** Where two lists part: the calls of one context, or of a hand-over between two, with the index of the difference. */
export type Divergence = {
  /** What was compared: "calls in kworker", "hand-over of …". */
  readonly what: string;
  /** Calls as text; equal up to `at`. */
  readonly expected: readonly string[];
  readonly got: readonly string[];
  readonly at: number;
};

/**
 * Where one context sets another one going. Between contexts only these have an order that is not chance: the rest runs
 * side by side on two CPUs.
 */
const HANDOVERS: readonly { readonly what: string; readonly from: RegExp; readonly to: RegExp }[] = [
  {
    what: 'request to interrupt',
    from: /^(submit_bio|nvme_queue_rqs?|virtio_queue_rqs?)$/,
    to: /^(nvme_irq|vring_interrupt|blk_mq_complete_request_remote)$/,
  },
  {
    what: 'end of the bio to completion',
    from: /^(iomap_dio_bio_end_io|iomap_dio_simple_end_io|xfs_end_bio)$/,
    to: /^(iomap_dio_complete_work|iomap_dio_complete|iomap_dio_simple_complete(_work)?|xfs_end_io)$/,
  },
  {
    what: 'completion to the task’s work',
    from: /^(__io_req_task_work_add|io_req_(normal|local)_work_add)$/,
    to: /^(tctx_task_work|__io_run_local_work)$/,
  },
  { what: 'attempt to io-wq', from: /^io_(write|read)$/, to: /^io_wq_submit_work$/ },
  {
    what: 'polled completion to the poll loop',
    from: /^io_complete_rw_iopoll$/,
    to: /^__io_submit_flush_completions$/,
  },
];

/** Null when `got` calls in each context what `expected` does, in its order, and hands over where it does. */
export function compareCalls(expected: readonly Call[], got: readonly Call[]): Divergence | null {
  const lists = [expected, got].map((calls) => calls.map(callText)) as [string[], string[]];
  if (differsAt(...lists) < 0) return null;
  return contextDivergence(expected, got) ?? handoverDivergence(expected, got);
}

/** The context whose calls part first, counted in the whole of `expected`. */
function contextDivergence(expected: readonly Call[], got: readonly Call[]): Divergence | null {
  let first: { readonly divergence: Divergence; readonly index: number } | null = null;
  for (const place of PLACES) {
    const [ours, theirs] = [callsIn(place, expected), callsIn(place, got)];
    const divergence = divergenceOf(`calls in ${place}`, ours, theirs);
    if (divergence === null) continue;
    const call = ours[divergence.at];
    const index = call === undefined ? expected.length : expected.indexOf(call);
    if (first === null || index < first.index) first = { divergence, index };
  }
  return first?.divergence ?? null;
}

function callsIn(place: Place, calls: readonly Call[]): readonly Call[] {
  const there = calls.filter((call) => call.place === place);
  if (place === 'softirq') return mergedSoftirqs(there);
  return place === 'hardirq' || place === 'irq-thread' ? mergedInterrupts(there) : there;
}

function handoverDivergence(expected: readonly Call[], got: readonly Call[]): Divergence | null {
  for (const { what, from, to } of HANDOVERS) {
    const both = (calls: readonly Call[]): Call[] =>
      calls.filter(({ name }) => from.test(name) || to.test(name));
    const [ours, theirs] = [both(expected), both(got)];
    // Of several requests the first may be answered before the last is out.
    if (what === 'request to interrupt' && ours.filter(({ name }) => to.test(name)).length > 1) continue;
    const divergence = divergenceOf(`hand-over: ${what}`, ours, theirs);
    if (divergence !== null) return divergence;
  }
  return null;
}

function divergenceOf(what: string, expected: readonly Call[], got: readonly Call[]): Divergence | null {
  const [ours, theirs] = [expected.map(callText), got.map(callText)];
  const at = differsAt(ours, theirs);
  return at < 0 ? null : { what, expected: ours, got: theirs, at };
}

/** Index of the first difference, or -1. */
function differsAt(a: readonly string[], b: readonly string[]): number {
  if (a.length === b.length && a.every((text, i) => text === b[i])) return -1;
  const at = a.findIndex((text, i) => text !== b[i]);
  return at < 0 ? a.length : at;
}
