import { assert } from '../base/assert.ts';
import { NO_ROW } from '../base/units.ts';
import { Ev, TaskState } from '../log/events.ts';
import type { Cpu } from './cpu.ts';
import { type ExecContext, Op, type Proc } from './frame.ts';
import { Polling } from './polling.ts';
import { Obj } from './struct.ts';
import type { Task } from './task.ts';

/** A wait queue: tasks that sleep until somebody wakes the queue, first in, first out. */
export class WaitQueue extends Obj {
  static override readonly type: string = 'wait_queue_head';
  readonly sleepers: Task[] = [];
}

/** A lock for which waiters spin, taken with preemption off. With PREEMPT_RT they sleep, and preemption stays on. */
export class SpinLock extends Obj {
  static override readonly type = 'spinlock_t';
  owner: ExecContext | null = null;
  lockRow: number = NO_ROW;
  readonly waiters: SpinWaiter[] = [];
}

/** `local_lock_t` of one CPU: protects `owner` from what else runs there. */
export class LocalLock {
  readonly owner: Obj;
  /** With PREEMPT_RT; made when it is first taken. */
  spinlock: SpinLock | null = null;

  constructor(owner: Obj) {
    this.owner = owner;
  }
}

/** Who waits for a spinlock: busily, or with PREEMPT_RT asleep. */
type SpinWaiter = { readonly cpu: Cpu; readonly context: ExecContext; readonly sleeper: Task | null };

type RwWaiter = { readonly task: Task; readonly exclusive: boolean; granted: boolean };

/** A sleeping reader-writer lock (`struct rw_semaphore`), fair: a waiting writer keeps later readers out. */
export class RwSemaphore extends Obj {
  static override readonly type: string = 'rw_semaphore';
  readers = 0;
  writer: Task | null = null;
  /** Row of each holder's Lock. */
  readonly lockRows = new Map<Task, number>();
  readonly waiters: RwWaiter[] = [];
}

/** A sleeping lock with one holder (`struct mutex`): taken and given up as the exclusive side of a semaphore. */
export class Mutex extends RwSemaphore {
  static override readonly type = 'mutex';
}

/** Wait queues, spinlocks and sleeping locks. */
export abstract class Locks extends Polling {
  /** `sched_submit_work()`: what the current task does before it sleeps, because others may wait for it, and whether there is
   *  anything. The kernel sets both. */
  submitWork: (() => Proc) | null = null;
  hasSubmitWork: () => boolean = () => false;

  /**
   * `wait_event()`: sleeps in `state` until `ready()` holds. As in the kernel the task queues itself and sets its state
   * before it looks again, so no wake-up is lost in between.
   */
  *waitEvent(queue: WaitQueue, state: TaskState, what: string, ready: () => boolean): Proc {
    while (!ready()) {
      if (this.submitWork !== null && this.hasSubmitWork()) {
        yield* this.submitWork();
        continue; // it took time
      }
      const task = this.currentTask;
      if (!queue.sleepers.includes(task)) queue.sleepers.push(task);
      this.setState(state, what, queue);
      yield this.schedule();
      const at = queue.sleepers.indexOf(task);
      if (at >= 0) queue.sleepers.splice(at, 1);
    }
  }

  /** Takes the next sleeper off the queue; whoever calls wakes it, and pays for it. */
  nextSleeper(queue: WaitQueue): Task | null {
    return queue.sleepers.shift() ?? null;
  }

  /** `down_read_trylock()` / `down_write_trylock()`. */
  tryDown(lock: RwSemaphore, exclusive: boolean): boolean {
    const free = lock.writer === null && lock.waiters.length === 0 && (!exclusive || lock.readers === 0);
    if (!free) return false;
    if (exclusive) lock.writer = this.currentTask;
    else lock.readers++;
    this.noteHolder(lock, exclusive);
    return true;
  }

  private noteHolder(lock: RwSemaphore, exclusive: boolean): void {
    lock.lockRows.set(this.currentTask, this.emit(Ev.Lock, 0, lock.id, exclusive ? 1 : 0));
  }

  /** `down_read()` / `down_write()`: sleeps uninterruptibly until the lock is handed over. */
  *down(lock: RwSemaphore, exclusive: boolean): Proc {
    if (this.tryDown(lock, exclusive)) return;
    const waiter: RwWaiter = { task: this.currentTask, exclusive, granted: false };
    lock.waiters.push(waiter);
    while (!granted(waiter)) {
      if (this.submitWork !== null && this.hasSubmitWork()) {
        yield* this.submitWork();
        continue;
      }
      this.setState(TaskState.Uninterruptible, waitText(lock, exclusive), lock);
      yield this.schedule();
    }
    this.noteHolder(lock, exclusive);
  }

  /** `up_read()` / `up_write()` by its holder: hands the lock to the next waiter, or to all readers at the head of the queue. */
  up(lock: RwSemaphore, exclusive: boolean): void {
    if (exclusive) lock.writer = null;
    else {
      lock.readers--;
      assert(lock.readers >= 0, 'a read lock is given up by a holder');
    }
    const lockRow = lock.lockRows.get(this.currentTask) ?? NO_ROW;
    lock.lockRows.delete(this.currentTask);
    this.emit(Ev.Unlock, 0, lock.id, exclusive ? 1 : 0, lockRow);
    for (;;) {
      const next = lock.waiters[0];
      if (next === undefined || lock.writer !== null || (next.exclusive && lock.readers > 0)) return;
      lock.waiters.shift();
      next.granted = true;
      if (next.exclusive) lock.writer = next.task;
      else lock.readers++;
      this.wake(next.task);
    }
  }

  /** `spin_lock()`: preemption off; waits busily for the CPU that holds it. */
  *spinLock(lock: SpinLock): Proc {
    if (this.isRt) {
      yield* this.rtSpinLock(lock);
      return;
    }
    this.preemptDisable();
    const { cpu, ctx } = this;
    assert(cpu !== null && ctx !== null, 'a lock is taken by running code');
    if (lock.owner === null) lock.owner = ctx;
    else {
      if (lock.owner === ctx) this.hazard('spinlock-recursion', lock);
      const since = this.log.rows - 1;
      const start_ns = this.now_ns;
      lock.waiters.push({ cpu, context: ctx, sleeper: null });
      yield Op.Park;
      this.emit(Ev.Spin, this.intern('spin_lock'), lock.id, this.now_ns - start_ns, since);
    }
    lock.lockRow = this.emit(Ev.Lock, 0, lock.id, 0);
  }

  /** `spin_unlock()`: the first waiter gets it. */
  spinUnlock(lock: SpinLock): void {
    this.emit(Ev.Unlock, 0, lock.id, 0, lock.lockRow);
    const next = lock.waiters.shift();
    lock.owner = next?.context ?? null;
    if (this.isRt) {
      if (next?.sleeper) this.wake(next.sleeper);
      this.migrateEnable();
      this.rcu_read_unlock();
      return;
    }
    if (next !== undefined) this.release(next.cpu, next.context);
    this.preemptEnable();
  }

  /** `rt_spin_lock()`: the holder may be preempted, is inside of RCU and stays on its CPU; who waits for it sleeps. Source:
   *  kernel/locking/spinlock_rt.c. Not modelled: the inheritance of priorities. */
  private *rtSpinLock(lock: SpinLock): Proc {
    const { cpu, ctx } = this;
    assert(cpu !== null && ctx !== null, 'a lock is taken by running code');
    this.rcu_read_lock();
    this.migrateDisable();
    if (lock.owner === null) lock.owner = ctx;
    else {
      if (lock.owner === ctx) this.hazard('spinlock-recursion', lock);
      const task = this.currentTask;
      lock.waiters.push({ cpu, context: ctx, sleeper: task });
      while (ownerOf(lock) !== ctx) {
        task.waitsForSpinLock = true;
        this.setState(TaskState.Uninterruptible, 'spin_lock', lock);
        yield this.schedule();
      }
      task.waitsForSpinLock = false;
    }
    lock.lockRow = this.emit(Ev.Lock, 0, lock.id, 0);
  }

  /** `spin_lock_irq()`: interrupts off, then the lock; also while it is waited for. With PREEMPT_RT they stay on. */
  *spinLockIrq(lock: SpinLock): Proc {
    if (!this.isRt) this.irqDisable();
    yield* this.spinLock(lock);
  }

  /** `spin_unlock_irq()`: the lock first, then interrupts on again. */
  spinUnlockIrq(lock: SpinLock): void {
    this.spinUnlock(lock);
    if (!this.isRt) this.irqEnable();
  }

  /** `local_lock_irq()`: no lock but interrupts off; with PREEMPT_RT a spinlock of the CPU, and they stay on. Source:
   *  include/linux/local_lock_internal.h. */
  *localLockIrq(lock: LocalLock): Proc {
    if (!this.isRt) this.irqDisable();
    else yield* this.rtSpinLock((lock.spinlock ??= new SpinLock(this, lock.owner, 'lock')));
  }

  localUnlockIrq({ spinlock }: LocalLock): void {
    if (spinlock === null) this.irqEnable();
    else this.spinUnlock(spinlock);
  }
}

function waitText(lock: RwSemaphore, exclusive: boolean): string {
  if (lock instanceof Mutex) return 'mutex_lock';
  return exclusive ? 'down_write' : 'down_read';
}

/** Read through a function: who holds it hands it over while this one sleeps, which the compiler cannot know. */
function ownerOf(lock: SpinLock): ExecContext | null {
  return lock.owner;
}

/** Read through a function: another task sets it while this one sleeps, which the compiler cannot know. */
function granted(waiter: RwWaiter): boolean {
  return waiter.granted;
}
