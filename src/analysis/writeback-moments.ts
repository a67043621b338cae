/** The moments of a bio of writeback, the places through which it is handed over, and what its time after the device is
 *  made of. README.md has the definitions in one table. */

/** In order. A bio has those that lie on its path; with several pieces (a split bio) they are those of the last. */
export const WbMoment = {
  Made: 0,
  Queued: 1,
  Issued: 2,
  DeviceDone: 3,
  Found: 4,
  Completed: 5,
  BioEnded: 6,
  Batched: 7,
  BatchOffered: 8,
  BatchStarted: 9,
  Handler: 10,
  Listed: 11,
  ListOffered: 12,
  ListStarted: 13,
  Finishing: 14,
  Ended: 15,
  WaiterRuns: 16,
} as const;
export type WbMoment = (typeof WbMoment)[keyof typeof WbMoment];
export const WB_MOMENT_COUNT = 17;

/** A moment's letter and meaning. J to E are those of direct I/O in `moments.ts`; a capital and its small letter are the
 *  same step at the first and at the second list. */
export const WB_MOMENTS: readonly { readonly letter: string; readonly title: string }[] = [
  { letter: 'J', title: 'the flusher makes the bio' },
  { letter: 'Q', title: 'the bio is queued to the block layer' },
  { letter: 'D', title: 'the request is issued to the device' },
  { letter: 'H', title: 'the hardware has done it' },
  { letter: 'K', title: 'the kernel finds the completion, in an interrupt or by polling' },
  { letter: 'C', title: 'the block layer completes the request' },
  { letter: 'E', title: 'bio_endio is entered' },
  { letter: 'L', title: 'the bio is put into the batch of this CPU' },
  { letter: 'O', title: 'the work item of the batch is on the list of a worker pool' },
  { letter: 'W', title: 'a worker begins to execute it' },
  { letter: 'V', title: 'the bio’s own handler (bi_end_io) is entered' },
  { letter: 'l', title: 'the handler puts it on a list of the filesystem' },
  { letter: 'o', title: 'the work item of that list is on the list of a worker pool' },
  { letter: 'w', title: 'a worker begins to execute it' },
  { letter: 'v', title: 'that worker turns to this bio' },
  { letter: 'Z', title: 'writeback of its last folio has ended' },
  { letter: 'N', title: 'the last task that slept for one of its folios runs again' },
];

/** Types of places that a bio, or what is made of it, waits in between bio_endio and the end of its folios, with the names
 *  that writeback-completion.md section 1.5 uses. Only the first waits for the handler, the others come after it. */
export const HAND_OVERS: readonly { readonly type: string; readonly queue: string }[] = [
  { type: 'bio_complete_batch', queue: 'bio_complete batch' },
  { type: 'i_ioend_list', queue: 'i_ioend_list' },
  { type: 'i_iomap_ioend_list', queue: 'i_iomap_ioend_list' },
  { type: 'i_rsv_conversion_list', queue: 'i_rsv_conversion_list' },
  { type: 'failed_ioend_list', queue: 'failed_ioend_list' },
];
export const BATCH_TYPE = 'bio_complete_batch';

/** What the time of a bio after the device goes into, in order. A bio that is handed over twice has two waits of a kind,
 *  which count together. */
export const WAITS = [
  { id: 'interrupt', title: 'until bio_endio has done its part', short: 'interrupt' },
  {
    id: 'list',
    title: 'on the list, before a worker is asked for (a delay in jiffies)',
    short: 'on the list',
  },
  { id: 'worker', title: 'waiting for the worker', short: 'for the worker' },
  { id: 'behind', title: 'behind earlier bios of the same worker', short: 'behind others' },
  { id: 'handler', title: 'in its handler, until the last folio is done', short: 'in the handler' },
  { id: 'waiter', title: 'until who waited for it runs again', short: 'to the waiter' },
] as const;
export type Wait = 0 | 1 | 2 | 3 | 4 | 5;
const [INTERRUPT, LIST, WORKER, BEHIND, HANDLER, WAITER] = [0, 1, 2, 3, 4, 5] as const;

/** Which wait the stretch from one known moment to the next belongs to. */
export function waitBetween(from: WbMoment, until: WbMoment): Wait {
  switch (until) {
    case WbMoment.BatchOffered:
    case WbMoment.ListOffered:
      return LIST;
    case WbMoment.BatchStarted:
    case WbMoment.ListStarted:
      return WORKER;
    case WbMoment.Handler:
      return from >= WbMoment.Batched ? BEHIND : INTERRUPT;
    case WbMoment.Finishing:
      return from >= WbMoment.Listed ? BEHIND : HANDLER;
    case WbMoment.Listed:
    case WbMoment.Ended:
      return HANDLER;
    case WbMoment.WaiterRuns:
      return WAITER;
    default:
      return INTERRUPT;
  }
}
