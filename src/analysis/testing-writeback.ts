import { NO_CPU, TaskState } from '../log/events.ts';
import { bitOf } from './fields.ts';
import { TestLog } from './testing.ts';

const [WRITEBACK, DROPBEHIND] = [bitOf('folio.flags', 'PG_writeback'), bitOf('folio.flags', 'PG_dropbehind')];

/** A machine for stories of writeback on CPU 1: who syncs a file, a kworker, and the lists. */
export type WbStage = {
  readonly t: TestLog;
  readonly job: number;
  readonly kworker: number;
  readonly idle: number;
  readonly inode: number;
  readonly queue: number;
  readonly pool: number;
  readonly batch: number;
  readonly batchWork: number;
  readonly ioends: number;
  readonly ioendsWork: number;
};

export function wbStage(): WbStage {
  const t = new TestLog();
  const inode = t.object('inode', 0, 'data');
  const batch = t.object('bio_complete_batch', 0, 'cpu 1');
  const ioends = t.object('i_ioend_list', inode, 'data');
  const stage = {
    t,
    job: t.task('fio'),
    kworker: t.task('kworker/1:0'),
    idle: t.task('swapper/1'),
    inode,
    queue: t.object('nvme_queue', 0, 'nvme0q2'),
    pool: t.object('worker_pool', 0, 'pool cpu 1'),
    batch,
    batchWork: t.object('work_struct', t.object('delayed_work', batch), 'bio_complete cpu 1'),
    ioends,
    ioendsWork: t.object('work_struct', ioends, 'i_ioend_work data'),
  };
  t.switchTo(1, stage.job);
  return stage;
}

export type WbBio = {
  readonly bio: number;
  readonly ioend: number;
  readonly request: number;
  readonly folio: number;
};

/** The job writes one folio back: from the folio's lock to the device. */
export function submit({ t, job, inode, queue }: WbStage, handler: string): WbBio {
  const folio = t.object('folio', inode);
  t.set(1, folio, 'flags', WRITEBACK | DROPBEHIND);
  t.enter(1, 'iomap_writepages', inode);
  t.enter(1, 'iomap_add_to_ioend', folio);
  const bio = t.create(1, 'bio', job);
  const ioend = t.create(1, 'iomap_ioend', bio);
  t.set(1, bio, 'bi_size', 4096);
  t.exit(1);
  t.setWord(1, bio, 'bi_end_io', handler);
  t.trace(1, 'block_bio_queue', bio);
  const request = t.create(1, 'request', bio);
  t.trace(1, 'block_rq_issue', request);
  t.put(1, request, queue);
  t.exit(1);
  return { bio, ioend, request, folio };
}

/** The device is done; an interrupt takes the requests of `bios` and enters their `bio_endio`, in which `ends` happens. */
export function interrupt({ t }: WbStage, bios: readonly WbBio[], ends: (bio: WbBio) => void): void {
  const device = bios.map(({ request }) => t.trace(NO_CPU, 'nvme_device_complete', request));
  t.irq(1, 'nvme0q2', device[0]);
  for (const bio of bios) {
    t.take(1, bio.request);
    t.trace(1, 'block_rq_complete', bio.request);
    t.enter(1, 'bio_endio', bio.bio);
    ends(bio);
    t.exit(1);
  }
  t.endInterrupt(1);
}

/** The work item is queued: on the list of the pool, whose worker is woken. */
export function queueWork({ t, pool, kworker }: WbStage, work: number): void {
  t.put(1, work, pool);
  t.wake(1, kworker);
}

/** The kworker gets the CPU and executes the work item; what it does is `inside`. */
export function execute({ t, kworker, idle }: WbStage, work: number, inside: () => void): void {
  t.switchTo(1, kworker);
  t.enter(1, 'process_one_work', work);
  t.take(1, work);
  t.trace(1, 'workqueue_execute_start', work);
  inside();
  t.trace(1, 'workqueue_execute_end', work);
  t.exit(1);
  t.switchTo(1, idle);
}

/** Ends the folio of a bio, and the bio with it; wakes `waiter` in it. */
export function finish({ t }: WbStage, { bio, ioend, folio }: WbBio, waiter: number | null = null): void {
  t.enter(1, 'iomap_finish_ioend_buffered_write', ioend);
  t.enter(1, '__folio_end_writeback', folio);
  t.set(1, folio, 'flags', DROPBEHIND);
  if (waiter !== null) t.wake(1, waiter);
  t.exit(1);
  t.exit(1);
  t.free(1, bio, 'bio');
}

/** The job sleeps for a folio, and the CPU idles. */
export function sleep({ t, idle }: WbStage): void {
  t.sleep(1, 'the end of writeback of a folio');
  t.switchTo(1, idle, TaskState.Uninterruptible);
}
