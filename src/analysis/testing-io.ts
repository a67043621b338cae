import { NO_CPU, TaskState } from '../log/events.ts';
import type { Path } from './moments.ts';
import { TestLog } from './testing.ts';

/** A machine for I/O stories: a job, a kworker, the idle task, and the places where things wait. */
export type Stage = {
  readonly t: TestLog;
  readonly job: number;
  readonly kworker: number;
  readonly idle: number;
  readonly queue: number;
  readonly pool: number;
  readonly taskWorks: number;
  readonly ring: number;
};

export function stage(): Stage {
  const t = new TestLog();
  const job = t.task('fio-job');
  const ctx = t.object('io_ring_ctx', job);
  const made = {
    t,
    job,
    kworker: t.task('kworker/1:0'),
    idle: t.task('swapper/1'),
    queue: t.object('nvme_queue', 0, 'nvme0q2'),
    pool: t.object('worker_pool', 0, 'pool cpu 1'),
    taskWorks: t.object('task_works', job, 'task_work fio-job'),
    ring: t.object('io_rings', ctx),
  };
  t.switchTo(1, job);
  t.enter(1, 'fio', job, 'user');
  return made;
}

export type Story = {
  readonly path: Path;
  /** When the I/O is submitted; it takes 10 ns a step and the device 1000. */
  readonly at_ns: number;
  /** Value of bi_opf, written to the bio; none when absent. */
  readonly bi_opf?: number;
  readonly ki_flags?: number;
  readonly result?: number;
  /** What else happens before the request is issued, and before the result is reported. */
  readonly beforeIssue?: (t: TestLog, request: number) => void;
  readonly beforeNotify?: () => void;
};

/** The objects of one told I/O. */
export type Told = {
  readonly io: number;
  readonly dio: number;
  readonly bio: number;
  readonly request: number;
};

/** Tells one write on CPU 1, from its submission until the job has its result, along `story.path`. */
export function tell(s: Stage, story: Story): Told {
  const { t } = s;
  let now = story.at_ns;
  const tick = (): TestLog => t.at((now += 10));
  const told = submit(s, story, tick);
  const device = t.at((now += 1000)).trace(NO_CPU, 'nvme_device_complete', told.request);
  complete(s, story, told, tick, device);
  return told;
}

type Tick = () => TestLog;

function submit({ t, job, queue }: Stage, story: Story, tick: Tick): Told {
  const sync = story.path === 'wait-wake' || story.path === 'submitter-direct';
  tick().enter(1, sync ? 'ksys_pwrite64' : 'io_uring_enter');
  const io = tick().create(1, sync ? 'kiocb' : 'io_kiocb', job);
  const kiocb = sync ? io : t.create(1, 'kiocb', io);
  if (story.ki_flags !== undefined) t.set(1, kiocb, 'ki_flags', story.ki_flags);
  tick().enter(1, '__iomap_dio_rw', kiocb);
  const dio = tick().create(1, 'iomap_dio', kiocb);
  const bio = tick().create(1, 'bio', dio);
  if (story.bi_opf !== undefined) t.set(1, bio, 'bi_opf', story.bi_opf);
  tick().trace(1, 'block_bio_queue', bio);
  const request = tick().create(1, 'request', bio);
  story.beforeIssue?.(t, request);
  tick().trace(1, 'block_rq_issue', request);
  t.put(1, request, queue);
  if (!sync) {
    tick().exit(1);
    tick().exit(1);
  }
  return { io, dio, bio, request };
}

/** From the device's completion to the result in the job's hands. */
function complete(s: Stage, story: Story, told: Told, tick: Tick, device: number): void {
  const { t } = s;
  switch (story.path) {
    case 'inline-poll':
      tick().calls(1, ['io_uring_enter', 'io_do_iopoll'], 0, () => {
        endBio(s, told, tick, () => dioComplete(s, told, tick));
        tick().notify(1, 'cqe', told.io, story.result ?? 4096);
        t.put(1, told.io, s.ring);
      });
      tick().take(1, told.io);
      return;
    case 'inline-irq':
      inIrq(s, tick, device, () =>
        endBio(s, told, tick, () => {
          dioComplete(s, told, tick);
          tick().put(1, told.io, s.taskWorks);
        }),
      );
      runTaskWork(s, told, story, tick);
      return;
    case 's_dio_done_wq':
      throughWorker(s, story, told, tick, device, 'iomap_dio_complete_work');
      return;
    case 'inline-kworker':
      throughWorker(s, story, told, tick, device, 'iomap_finish_ioend_direct');
      return;
    case 'caller-comp-task-work':
      inIrq(s, tick, device, () => endBio(s, told, tick, () => tick().put(1, told.io, s.taskWorks)));
      runTaskWork(s, told, story, tick, () => dioComplete(s, told, tick));
      return;
    case 'wait-wake':
    case 'submitter-direct':
      endSync(s, story, told, tick, device);
  }
}

function inIrq({ t }: Stage, tick: Tick, device: number, handle: () => void): void {
  tick().irq(1, 'nvme0q2', device);
  t.calls(1, ['nvme_irq'], 0, handle);
  tick().endInterrupt(1);
}

function endBio(_: Stage, told: Told, tick: Tick, last: () => void): void {
  tick().take(1, told.request);
  tick().trace(1, 'block_rq_complete', told.request);
  tick().calls(1, ['bio_endio', 'iomap_dio_bio_end_io'], told.bio, () => last());
}

function dioComplete({ t }: Stage, told: Told, tick: Tick): void {
  tick().enter(1, 'iomap_dio_complete', told.dio);
  tick().calls(1, ['kiocb_invalidate_post_direct_write'], told.dio);
  t.trace(1, 'iomap_dio_complete', told.dio);
  tick().exit(1);
}

function runTaskWork(
  s: Stage,
  told: Told,
  story: Story,
  tick: Tick,
  first: () => void = () => undefined,
): void {
  tick().calls(1, ['io_uring_enter', 'task_work_run'], 0, () => {
    tick().take(1, told.io);
    first();
    story.beforeNotify?.();
    tick().notify(1, 'cqe', told.io, story.result ?? 4096);
    s.t.put(1, told.io, s.ring);
  });
  tick().take(1, told.io);
}

function throughWorker(s: Stage, story: Story, told: Told, tick: Tick, device: number, func: string): void {
  const { t } = s;
  const work = t.create(1, 'work_struct', told.dio);
  inIrq(s, tick, device, () =>
    endBio(s, told, tick, () => {
      tick().put(1, work, s.pool);
      tick().wake(1, s.kworker);
    }),
  );
  tick().switchTo(1, s.kworker, TaskState.Running);
  tick().calls(1, ['worker_thread', 'process_one_work'], 0, () => {
    tick().take(1, work);
    t.calls(1, [func], work, () => dioComplete(s, told, tick));
    tick().put(1, told.io, s.taskWorks);
    tick().wake(1, s.job);
  });
  tick().switchTo(1, s.job, TaskState.Idle);
  runTaskWork(s, told, story, tick);
}

function endSync(s: Stage, story: Story, told: Told, tick: Tick, device: number): void {
  const { t } = s;
  const waits = story.path === 'wait-wake';
  if (waits) {
    tick().sleep(1, 'the direct I/O');
    t.switchTo(1, s.idle);
  }
  inIrq(s, tick, device, () =>
    endBio(s, told, tick, () => {
      if (waits) tick().calls(1, ['blk_wake_io_task'], s.job, () => tick().wake(1, s.job));
    }),
  );
  if (waits) tick().switchTo(1, s.job, TaskState.Running);
  tick().exit(1);
  dioComplete(s, told, tick);
  tick().exit(1);
  tick().notify(1, 'return', told.io, story.result ?? 4096);
}
