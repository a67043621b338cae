/**
 * BIO_COMPLETE_IN_TASK: bios that must not end in an interrupt wait in a batch of their CPU for a worker. Each version of
 * the series is a set of switches. Source: block/bio.c (77e73fa61b38); bio-complete-in-task.md.
 */
import { assert } from '../../base/assert.ts';
import { LocalLock } from '../../engine/locks.ts';
import { rule } from '../../engine/rule.ts';
import { struct } from '../../engine/struct.ts';
import { type Bio, BIO_COMPLETE_IN_TASK } from '../include/linux/blk_types.ts';
import { has, set } from '../include/linux/fs.ts';
import {
  alloc_workqueue,
  DelayedWork,
  type WorkqueueStruct,
  type WorkStruct,
  WQ_MEM_RECLAIM,
  WQ_PERCPU,
} from '../include/linux/workqueue.ts';
import { type Kernel, type KernelFn, PerRun } from '../kernel.ts';
import { queue_delayed_work_on } from '../kernel/workqueue-delayed.ts';
import { queue_work_on } from '../kernel/workqueue.ts';
import { bio_in_atomic } from '../include/linux/bio.ts';

const FILE = 'block/bio.c';

/** `struct bio_complete_batch` of one CPU. */
export class BioCompleteBatch extends struct('bio_complete_batch', {}) {
  /** In the order of arrival, also where the kernel keeps it last in, first out. */
  list: Bio[] = [];
  /** With a timer only on kernels that delay it. */
  readonly dwork: DelayedWork;
  readonly cpu: number;
  readonly lock = new LocalLock(this);

  constructor(k: Kernel, cpu: number) {
    super(k, null, `cpu ${cpu}`);
    this.cpu = cpu;
    this.dwork = new DelayedWork(k, this, `bio_complete cpu ${cpu}`, bio_complete_work_fn);
    this.dwork.work.container = this;
  }
}

const batches = new PerRun(() => new Map<number, BioCompleteBatch>());

/** The batch of a CPU. */
export function batchOf(k: Kernel, cpu: number): BioCompleteBatch {
  const known = k.of(batches).get(cpu);
  if (known !== undefined) return known;
  const batch = new BioCompleteBatch(k, cpu);
  k.of(batches).set(cpu, batch);
  return batch;
}

const WORKQUEUES: Readonly<Record<'system' | 'bio_complete', WorkqueueStruct>> = {
  system: alloc_workqueue('events', WQ_PERCPU),
  bio_complete: alloc_workqueue('bio_complete', WQ_MEM_RECLAIM | WQ_PERCPU),
};

export const mustDefer = rule({
  id: 'bio-complete-in-task',
  asks: 'Is the bio to end in a task, and is this none that may do it, so that it goes to the batch of this CPU?',
  test: 'bio_flagged(bio, BIO_COMPLETE_IN_TASK) && bio_in_atomic()  /* RFC v4 and v5: !in_task() */',
  inputs: ['BIO_COMPLETE_IN_TASK', 'in_task()'],
  source: { kind: 'code', file: FILE, commit: '77e73fa61b38', note: 'bio_endio' },
});

export const batchEmpty = rule({
  id: 'bio-batch-empty',
  asks: 'Is the batch empty, so that its worker must be queued?',
  test: 'bio_list_empty(&batch->list)  /* before bio_list_add() */',
  inputs: ['bios in the batch'],
  source: { kind: 'code', file: FILE, commit: '77e73fa61b38', note: '__bio_complete_in_task' },
});

export const batchLeaves = rule({
  id: 'bio-batch-resched',
  asks: 'Does somebody else want the CPU, so that the worker queues itself again and leaves?',
  test: 'need_resched()',
  inputs: ['need_resched()', 'bios in the batch'],
  source: { kind: 'mail', id: 'v6, 14 May 2026', note: 'bio-complete-in-task.md 2.3' },
  tag: 'mail',
});

export const alreadyInTask = rule({
  id: 'bio-already-in-task',
  asks: 'Was the bio flagged before, so that this is its second run, or one that was deferred anyway?',
  test: 'bio_flagged(bio, BIO_COMPLETE_IN_TASK)',
  inputs: ['bi_flags'],
  source: { kind: 'code', file: FILE, commit: '77e73fa61b38', note: 'bio_complete_in_task' },
});

export const setsInTask = rule({
  id: 'bio-set-complete-in-task',
  asks: 'Has the bio a folio that is to be dropped, which only a task can do?',
  test: 'folio_test_dropbehind(folio)  /* RFC v4: ioend_flags & IOMAP_IOEND_DONTCACHE */',
  inputs: ['dropbehind', 'IN_TASK_SET'],
  outcomes: { 0: 'no', 1: 'yes: BIO_COMPLETE_IN_TASK' },
  source: {
    kind: 'code',
    file: 'fs/iomap/ioend.c',
    commit: 'efbde6f9f449',
    note: 'iomap_add_to_ioend; for buffer heads fs/buffer.c @a2c924c240e7',
  },
});

/** `bio_set_flag(bio, BIO_COMPLETE_IN_TASK)`, on kernels that have it. */
export function markInTask(k: Kernel, bio: Bio, dropbehind: boolean): void {
  if (k.switches.IN_TASK !== 'bios' || has(bio.bi_flags, BIO_COMPLETE_IN_TASK)) return;
  if (k.decide(setsInTask, dropbehind, dropbehind)) bio.bi_flags = set(bio.bi_flags, BIO_COMPLETE_IN_TASK);
}

/** Does this bio have to wait for a worker? */
export function defers(k: Kernel, bio: Bio): boolean {
  const flagged = has(bio.bi_flags, BIO_COMPLETE_IN_TASK);
  if (!flagged) return false;
  const unsafe = k.switches.IN_TASK_TEST === 'bio_in_atomic()' ? bio_in_atomic(k) : !k.in_task();
  return k.decide(mustDefer, unsafe, flagged, k.in_task());
}

/** Puts a bio into the batch of this CPU; the first one there queues the worker. Any context. */
export function* __bio_complete_in_task(k: Kernel, bio: Bio): KernelFn {
  assert(k.cpu !== null, 'a bio ends in running code');
  const batch = batchOf(k, k.cpu.id);
  const { BATCH_LIST, BATCH_QUEUED } = k.switches;
  let first = false;
  if (BATCH_LIST === 'bio_list, irqs off after the test') {
    first = findsEmpty(k, batch);
    yield k.spend(0); // whoever comes in here makes it untrue
  }
  yield* k.inlined(lockBatch, batch);
  if (BATCH_LIST !== 'bio_list, irqs off after the test') first = findsEmpty(k, batch);
  batch.list.push(bio);
  k.put(bio, batch);
  unlockBatch(k, batch);
  yield k.spend(0); // others may come in before the worker is queued
  if (first || BATCH_QUEUED === 'for every bio') yield* k.inlined(queueWorker, batch);
}

/** Would a bio be the first of the batch? */
function findsEmpty(k: Kernel, { list }: BioCompleteBatch): boolean {
  return k.decide(batchEmpty, list.length === 0, list.length);
}

/** `local_irq_save()`, `local_lock_irqsave()` or nothing, by the kind of list. */
function* lockBatch(k: Kernel, batch: BioCompleteBatch): KernelFn {
  const { BATCH_LIST } = k.switches;
  if (BATCH_LIST === 'bio_list, local_lock') yield* k.localLockIrq(batch.lock);
  else if (BATCH_LIST !== 'llist') k.irqDisable();
}

function unlockBatch(k: Kernel, batch: BioCompleteBatch): void {
  const { BATCH_LIST } = k.switches;
  if (BATCH_LIST === 'bio_list, local_lock') k.localUnlockIrq(batch.lock);
  else if (BATCH_LIST !== 'llist') k.irqEnable();
}

/** Queues the worker of a batch, at once or after the delay. */
export function* queueWorker(k: Kernel, batch: BioCompleteBatch): KernelFn {
  const { BATCH_WQ, IN_TASK_DELAY } = k.switches;
  const { dwork, cpu } = batch;
  if (IN_TASK_DELAY === '1 jiffy') yield* k.call(queue_delayed_work_on, dwork, WORKQUEUES[BATCH_WQ], cpu, 1);
  else yield* k.call(queue_work_on, dwork.work, WORKQUEUES[BATCH_WQ], cpu);
}

/** Ends the bios of a CPU's batch in the order in which they arrived, until it is empty. */
export function* bio_complete_work_fn(k: Kernel, work: WorkStruct): KernelFn {
  const batch = work.container;
  assert(batch instanceof BioCompleteBatch, 'the work item is part of a batch');
  for (;;) {
    const bios = yield* k.inlined(takeList, batch);
    if (bios.length === 0) return;
    for (const bio of bios) {
      k.take(bio, batch);
      assert(bio.bi_end_io !== null, 'a bio in the batch has someone to tell');
      yield* k.call(bio.bi_end_io, bio);
    }
    if (k.switches.BATCH_EXIT === 'after one pass') return;
    const yields = k.switches.BATCH_EXIT === 'when need_resched' && k.need_resched();
    if (!yields) continue;
    if (!k.decide(batchLeaves, batch.list.length > 0, k.need_resched(), batch.list.length)) return;
    yield* k.inlined(queueWorker, batch);
    return;
  }
}

/** All of the list, under its lock, so that it is left empty at once. */
function* takeList(k: Kernel, batch: BioCompleteBatch): KernelFn<Bio[]> {
  yield* k.inlined(lockBatch, batch);
  const bios = batch.list;
  batch.list = [];
  unlockBatch(k, batch);
  return bios;
}

/**
 * For the beginning of a `bi_end_io` that finds out late that it has to sleep: true when the bio went to the batch and the
 * handler will be called again, false when it may go on.
 */
export function* bio_complete_in_task(k: Kernel, bio: Bio): KernelFn<boolean> {
  if (k.decide(alreadyInTask, has(bio.bi_flags, BIO_COMPLETE_IN_TASK), bio.bi_flags)) return false;
  if (!bio_in_atomic(k)) return false;
  bio.bi_flags = set(bio.bi_flags, BIO_COMPLETE_IN_TASK);
  yield* k.call(__bio_complete_in_task, bio);
  return true;
}
