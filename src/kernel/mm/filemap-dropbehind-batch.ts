/**
 * RFC v3 of the series: folios that an interrupt may not drop wait for a worker of their CPU, 31 at most; the wish of
 * those for which there is no room is forgotten. Source: RFC v3, 27 February 2026 (mail).
 */
import { LocalLock } from '../../engine/locks.ts';
import { rule } from '../../engine/rule.ts';
import { struct } from '../../engine/struct.ts';
import { type Folio, folio_get, folio_put } from '../include/linux/pagemap.ts';
import { alloc_workqueue, WorkStruct, WQ_PERCPU } from '../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { queue_work_on } from '../kernel/workqueue.ts';

/** PAGEVEC_SIZE: slots of a folio_batch. */
const PAGEVEC_SIZE = 31;

/** `struct dropbehind_batch` of one CPU. */
export class DropbehindBatch extends struct('dropbehind_batch', {}) {
  readonly fbatch: Folio[] = [];
  readonly work: WorkStruct;
  readonly lock = new LocalLock(this);
  drop: ((k: Kernel, folio: Folio) => KernelFn) | null = null;

  constructor(k: Kernel, cpu: number) {
    super(k, null, `cpu ${cpu}`);
    this.work = new WorkStruct(k, this);
    this.work.func = dropbehind_work_fn;
    this.work.container = this;
  }
}

const batches = new PerRun(() => new Map<number, DropbehindBatch>());
const system_wq = alloc_workqueue('events', WQ_PERCPU);

export const batchFull = rule({
  id: 'dropbehind-batch-full',
  asks: 'Are all 31 slots of this CPU’s batch taken, so that the folio stays in the cache?',
  test: 'folio_batch_add(&batch->fbatch, folio) == 0',
  inputs: ['folios in the batch'],
  source: { kind: 'mail', id: 'RFC v3, 27 Feb 2026', note: 'dropbehind.md section 6; objection of Jan Kara' },
  tag: 'mail',
});

/** Leaves a folio to the worker of this CPU. Interrupt context. */
export function* dropbehind_defer(
  k: Kernel,
  folio: Folio,
  drop: (k: Kernel, folio: Folio) => KernelFn,
): KernelFn {
  if (k.cpu === null) return;
  const cpu = k.cpu.id;
  const batch = k.of(batches).get(cpu) ?? new DropbehindBatch(k, cpu);
  k.of(batches).set(cpu, batch);
  batch.drop = drop;
  yield* k.localLockIrq(batch.lock); // local_lock_irqsave()
  const full = k.decide(batchFull, batch.fbatch.length >= PAGEVEC_SIZE, batch.fbatch.length);
  if (!full) {
    batch.fbatch.push(folio_get(folio));
    k.put(folio, batch);
  }
  k.localUnlockIrq(batch.lock);
  yield* k.call(queue_work_on, batch.work, system_wq, cpu);
}

/** Drops what the interrupts of this CPU have left, until there is nothing. */
export function* dropbehind_work_fn(k: Kernel, work: WorkStruct): KernelFn {
  const batch = work.container;
  if (!(batch instanceof DropbehindBatch)) return;
  for (let folios = batch.fbatch.splice(0); folios.length > 0; folios = batch.fbatch.splice(0))
    for (const folio of folios) {
      k.take(folio, batch);
      if (batch.drop !== null) yield* k.inlined(batch.drop, folio);
      folio_put(k, folio);
    }
}
