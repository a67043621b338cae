import { spansOf } from '../analysis/spans.ts';
import { TestLog } from '../analysis/testing.ts';
import type { LogView } from '../log/view.ts';
import { Model } from './model.ts';
import type { AxisKind } from './types.ts';

/** Rows and objects of `smallLog` that tests speak about. */
export type SmallLog = {
  readonly log: LogView;
  readonly io: number;
  readonly putInQueue: number;
  readonly takeFromQueue: number;
  readonly irq: number;
  readonly putInPool: number;
  readonly takeFromPool: number;
  readonly worker: number;
  readonly submit: number;
};

/**
 * One write on two CPUs: submitted by fio on CPU 0 (1 to 3 us), 80 us in the device, ended by an interrupt on CPU 0 that
 * interrupts nothing, completed by a kworker there (85 to 88 us), which an interrupt of 200 ns interrupts. CPU 1 idles.
 */
export function smallLog(options: { readonly hazard?: boolean } = {}): SmallLog {
  const t = new TestLog();
  const [idle0, idle1] = [t.task('swapper/0'), t.task('swapper/1')];
  const [fio, kworker] = [t.task('fio-job'), t.task('kworker/0:1')];
  const [queue, pool] = [t.object('nvme_queue', 0, 'nvme0q1'), t.object('worker_pool', 0, 'pool cpu 0')];
  t.switchTo(1, idle1);
  t.at(1000).switchTo(0, fio);
  t.enter(0, 'fio', fio, 'user');
  const io = t.at(1500).create(0, 'io_kiocb', fio);
  const request = t.object('request', t.object('bio', io));
  const work = t.object('work_struct', io);
  const submit = t.enter(0, 'io_uring_enter', io);
  t.at(2000).enter(0, 'nvme_queue_rq', request);
  const putInQueue = t.at(2500).put(0, request, queue);
  t.exit(0);
  t.at(2800).exit(0);
  t.at(3000).exit(0);
  t.sleep(0, 'cqe');
  t.switchTo(0, idle0);
  const irq = t.at(83_000).irq(0, 'nvme0q1');
  t.enter(0, 'nvme_irq', request);
  const takeFromQueue = t.at(83_500).take(0, request);
  const putInPool = t.at(83_800).put(0, work, pool);
  if (options.hazard === true) t.hazard(0, 'invalidate-in-irq', io);
  t.wake(0, kworker);
  t.exit(0);
  t.at(84_000).endInterrupt(0);
  t.at(85_000).switchTo(0, kworker);
  const takeFromPool = t.at(85_500).take(0, work);
  const worker = t.enter(0, 'iomap_dio_complete_work', io);
  t.at(86_000).irq(0, 'timer');
  t.at(86_200).endInterrupt(0);
  t.at(87_000).exit(0);
  t.sleep(0, 'work');
  t.at(88_000).switchTo(0, idle0);
  t.at(90_000);
  const rows = { io, putInQueue, takeFromQueue, irq, putInPool, takeFromPool, worker, submit };
  return { log: t.stop(), ...rows };
}

/** The model of a log with its spans. */
export function modelOf(log: LogView, axis: AxisKind = 'clock'): Model {
  return new Model(log, spansOf(log), axis);
}
