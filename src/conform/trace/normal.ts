/** Takes out of a list of calls what is a matter of time and not of order. Both sides go through it. */
import type { Call } from './calls.ts';

/** Functions of one pass of a poll loop, the first that begins it. */
const POLL_PASS = [
  'io_do_iopoll',
  'io_uring_classic_poll',
  'iocb_bio_iopoll',
  'bio_poll',
  'blk_mq_poll',
  'blk_hctx_poll',
  'nvme_poll',
];

/** Called once for each interrupt, then for each request of it. */
const PER_INTERRUPT = {
  begin: 'nvme_irq',
  batch: 'nvme_pci_complete_batch',
  end: 'blk_mq_end_request_batch',
};
/** Where a thread handles the interrupt, the handler is called through these. */
const THREAD_FNS = ['irq_forced_thread_fn', 'irq_thread_fn'];

export function normal(calls: readonly Call[]): Call[] {
  return withoutForeignWork(withoutSecondLook(withoutEmptyPasses(withoutEmptyLooks(calls))));
}

/**
 * Without the passes of a poll loop that find nothing: how many there are says how long the device took. A pass found
 * something when the task goes on to anything but another pass. Of the last pass only its beginning is kept where the
 * driver found nothing, because an interrupt may complete the request before, in or after the look at the queue.
 */
export function withoutEmptyPasses(calls: readonly Call[]): Call[] {
  const drop = new Set<Call>();
  let pass: Call[] = [];
  for (const call of calls.filter((c) => c.place === 'task')) {
    const first = call.name === POLL_PASS[0];
    if (!first && pass.length > 0 && POLL_PASS.includes(call.name)) pass.push(call);
    else {
      if (first) for (const empty of pass) drop.add(empty);
      else if (call.name !== 'blk_mq_complete_request_remote')
        for (const look of pass.slice(1)) drop.add(look);
      pass = first ? [call] : [];
    }
  }
  for (const look of pass.slice(1)) drop.add(look); // what the last pass found is told by no call in 6.1
  return calls.filter((call) => !drop.has(call));
}

/** Without looks at the ring's own list of work that find it empty. */
export function withoutEmptyLooks(calls: readonly Call[]): Call[] {
  return calls.filter(
    ({ name, place }, i) =>
      !/^io_run_local_work(_locked)?$/.test(name) ||
      calls.slice(i + 1).find((next) => next.place === place)?.name === '__io_run_local_work',
  );
}

/** A waiter may look at its ring again before it sleeps; fio and the recordings' tool ask in different calls, too. */
export function withoutSecondLook(calls: readonly Call[]): Call[] {
  const last = new Map<string, string>();
  return calls.filter(({ name, place }) => {
    const again = name === 'io_cqring_wait' && last.get(place) === name;
    last.set(place, name);
    return !again;
  });
}

/** Without runs of a task's work that do nothing for io_uring: the scheduler's tick adds work, too, and so does io-wq. */
export function withoutForeignWork(calls: readonly Call[]): Call[] {
  return calls.filter(
    ({ name, place }, i) =>
      name !== 'task_work_run' ||
      calls.slice(i + 1).find((next) => next.place === place)?.name === 'tctx_task_work',
  );
}

/**
 * The calls of all hard interrupts, where neighbours that end batches are put together: how many completions the drive
 * reports with one interrupt, and in which order, is its own affair. For each interrupt: look at the queue, prepare all
 * requests, end all; of the bios that end the last is the one that matters.
 */
export function mergedInterrupts(hardirqs: readonly Call[]): Call[] {
  const interrupts: Call[][] = [];
  for (const [i, call] of hardirqs.entries()) {
    const goesOn = !beginsInterrupt(call) || isThreadFn(hardirqs[i - 1]);
    if (!goesOn || interrupts.length === 0) interrupts.push([]);
    interrupts.at(-1)?.push(call);
  }
  const merged: Call[][][] = [];
  for (const interrupt of interrupts) {
    if (interrupt.every(beginsInterrupt)) continue; // it found nothing
    const parts = partsOf(interrupt);
    const before = merged.at(-1);
    if (before?.length === 3 && parts.length === 3)
      merged[merged.length - 1] = before.map((part, n) => [...part, ...withoutHead(parts[n] ?? [])]);
    else merged.push(parts);
  }
  return merged.flatMap(([look = [], prepare = [], end = []]) => [...look, ...prepare, ...inOrder(end)]);
}

/** The calls of all softirqs of the block layer as those of one: it works off what has gathered until it runs. */
export function mergedSoftirqs(softirqs: readonly Call[]): Call[] {
  const entry = /^blk_(done_softirq|complete_reqs)$/;
  const calls = softirqs.filter(
    ({ name }, i) => !entry.test(name) || softirqs.findIndex((call) => call.name === name) === i,
  );
  const begin = calls.findIndex(({ name }) => name === 'blk_mq_end_request');
  // requests that end one after the other, of which only the last finishes the I/O
  const ends = /^(blk_mq_end_request|blk_update_request|bio_endio|(__)?iomap_dio_bio_end_io)$/;
  let end = Math.max(begin, 0);
  while (ends.test(calls[end]?.name ?? '')) end++;
  const run = calls.slice(Math.max(begin, 0), end);
  const [requests, bios] = [true, false].map((own) =>
    run.filter(({ name }) => /^(blk_|bio_)/.test(name) === own),
  );
  return [...calls.slice(0, Math.max(begin, 0)), ...(requests ?? []), ...(bios ?? []), ...calls.slice(end)];
}

const isThreadFn = (call: Call | undefined): boolean => call !== undefined && THREAD_FNS.includes(call.name);

const beginsInterrupt = (call: Call): boolean => call.name === PER_INTERRUPT.begin || isThreadFn(call);

/** A part without what it begins with, which a merged one has only once. */
const withoutHead = (part: readonly Call[]): readonly Call[] => {
  const head = part.findIndex((call) => !beginsInterrupt(call));
  return head < 0 ? [] : part.slice(Math.max(head, 1));
};

/** An interrupt as its look at the queue, its preparation and its ending of requests, or as a whole if it is another. */
function partsOf(interrupt: Call[]): Call[][] {
  const at = (name: string): number => interrupt.findIndex((call) => call.name === name);
  const [begin, batch, end] = [at(PER_INTERRUPT.begin), at(PER_INTERRUPT.batch), at(PER_INTERRUPT.end)];
  if (begin < 0 || !interrupt.slice(0, begin).every(isThreadFn) || batch < 0 || end < batch)
    return [interrupt];
  return [interrupt.slice(0, batch), interrupt.slice(batch, end), interrupt.slice(end)];
}

/** Bios that end in one go, of which only the last finishes the I/O: first their ends, then what a whole one does. */
function inOrder(end: readonly Call[]): readonly Call[] {
  const last = end.findLastIndex(({ name }) => name === 'bio_endio');
  const ends = end.filter(({ name }, i) => name === 'bio_endio' && i <= last);
  const whole = end.filter(({ name }) => name !== 'bio_endio');
  const [head, ...rest] = whole;
  return ends.length < 2 || head === undefined ? end : [head, ...ends, ...rest];
}
