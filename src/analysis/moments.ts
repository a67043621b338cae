/** Where `iomap_dio_complete` of an I/O ran: the names of direct-io.md section 4.3. */
export const PATHS = [
  'wait-wake',
  'submitter-direct',
  'inline-irq',
  'inline-poll',
  'caller-comp-task-work',
  's_dio_done_wq',
  'inline-kworker',
] as const;
export type Path = (typeof PATHS)[number];

/** Functions that do in a task what an interrupt does elsewhere: what ends inside them ends "in the interrupt". */
export const IN_PLACE_OF_INTERRUPTS: readonly string[] = ['irq_thread_fn', 'blk_softirq_cpu_dead'];

/** The moments of an I/O that cut its latency, in order. An I/O has those that lie on its path. */
export const Moment = {
  Submitted: 0,
  Queued: 1,
  Issued: 2,
  DeviceDone: 3,
  Found: 4,
  Completed: 5,
  BioEnded: 6,
  HandedOver: 7,
  PickedUp: 8,
  DioStarted: 9,
  DioEnded: 10,
  NoticeQueued: 11,
  NoticeTaken: 12,
  Notified: 13,
  Reaped: 14,
} as const;
export type Moment = (typeof Moment)[keyof typeof Moment];
export const MOMENT_COUNT = 15;

/** A moment's letter for intervals such as D2C, and what it means. Q, D and C are blktrace's; E, L, W and N are ours
 *  where blktrace has none; none of blktrace's other letters is used. */
export const MOMENTS: readonly { readonly letter: string; readonly title: string }[] = [
  { letter: 'J', title: 'the application submits the I/O' },
  { letter: 'Q', title: 'the bio is queued to the block layer' },
  { letter: 'D', title: 'the request is issued to the device' },
  { letter: 'H', title: 'the hardware has done it' },
  { letter: 'K', title: 'the kernel finds the completion, in an interrupt or by polling' },
  { letter: 'C', title: 'the block layer completes the request' },
  { letter: 'E', title: 'the bio ends (bi_end_io)' },
  { letter: 'L', title: 'the rest is put on a list: workqueue or task_work, or the waiter is woken' },
  { letter: 'W', title: 'a worker, the task_work or the waiter takes it up' },
  { letter: 'V', title: 'iomap_dio_complete starts' },
  { letter: 'Y', title: 'iomap_dio_complete has ended' },
  { letter: 'l', title: 'the notification is put on the task_work list' },
  { letter: 'w', title: 'the submitter takes up its task_work' },
  { letter: 'N', title: 'the result is visible to the application' },
  { letter: 'O', title: 'the application obtains the result' },
];

/** The stretch of latency that ends at each moment; the first moment ends none. */
export const PARTS: readonly { readonly id: string; readonly until: Moment; readonly title: string }[] = [
  { id: 'submit', until: Moment.Queued, title: 'submission, to the block layer' },
  { id: 'queue', until: Moment.Issued, title: 'block layer, to the device' },
  { id: 'device', until: Moment.DeviceDone, title: 'device' },
  { id: 'interrupt', until: Moment.Found, title: 'until an interrupt or a poll finds it' },
  { id: 'request', until: Moment.Completed, title: 'end of the request' },
  { id: 'bio', until: Moment.BioEnded, title: 'end of the bio' },
  { id: 'hand-over', until: Moment.HandedOver, title: 'handing the rest over' },
  { id: 'wait', until: Moment.PickedUp, title: 'waiting for the worker, the task_work or the waiter' },
  { id: 'start', until: Moment.DioStarted, title: 'getting to iomap_dio_complete' },
  { id: 'complete', until: Moment.DioEnded, title: 'iomap_dio_complete' },
  { id: 'notice', until: Moment.NoticeQueued, title: 'handing the notification over' },
  { id: 'notice-wait', until: Moment.NoticeTaken, title: 'notification waits in the task_work list' },
  { id: 'notify', until: Moment.Notified, title: 'making the result visible' },
  { id: 'reap', until: Moment.Reaped, title: 'until the application obtains it' },
];
