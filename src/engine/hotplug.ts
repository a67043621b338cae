import { assert } from '../base/assert.ts';
import { Ev } from '../log/events.ts';
import type { Cpu } from './cpu.ts';
import { type ExecContext, Op, type Proc } from './frame.ts';
import { CALL, RESCHEDULE } from './interrupts.ts';
import { Locks } from './locks.ts';
import { remove } from './timers.ts';

/** What CPUs wait for busily, such as for each other. */
export class SpinGate {
  open = false;
  readonly waiters: { readonly cpu: Cpu; readonly context: ExecContext }[] = [];
}

/** CPUs that go offline and come back: what the hardware and the innermost of the kernel do for it. */
export abstract class Hotplug extends Locks {
  /** `cpu_online()`. */
  cpu_online(id: number): boolean {
    return this.cpus[id]?.online === true;
  }

  /** Waits busily until the gate is open. One Spin event says for how long. */
  *spinUntilOpen(gate: SpinGate, what: string): Proc {
    const { cpu, ctx } = this;
    assert(cpu !== null && ctx !== null, 'only running code waits busily');
    if (gate.open) return;
    const since = this.log.rows - 1;
    const start_ns = this.now_ns;
    gate.waiters.push({ cpu, context: ctx });
    yield Op.Park;
    this.emit(Ev.Spin, this.intern(what), 0, this.now_ns - start_ns, since);
  }

  openGate(gate: SpinGate): void {
    gate.open = true;
    for (const { cpu, context } of gate.waiters.splice(0)) this.release(cpu, context);
  }

  /** Interrupts of one source that a CPU has not taken are raised on another one. */
  moveIrqs(from: Cpu, to: Cpu, name: string): void {
    for (const irq of from.pendingIrqs.filter((one) => one.name === name)) this.retrigger(from, irq, to);
  }

  /** `smpcfd_dying_cpu()`: makes the calls that others have sent to this CPU, arrived or not. Interrupts are off. */
  *flushCalls(cpu: Cpu): Proc {
    const arrived = cpu.pendingIrqs.filter(({ name }) => name === CALL);
    remove(cpu.pendingIrqs, ({ name }) => name === CALL);
    for (const { handler } of [...arrived, ...cpu.calls.splice(0)]) yield* handler();
  }

  /** `set_cpu_online(cpu, false)`, on the CPU itself with interrupts off, after its device interrupts have moved: nothing
   *  reaches it any more. It still runs what it is in the middle of. */
  takeDown(cpu: Cpu): void {
    this.stopClock(cpu);
    remove(cpu.pendingIrqs, ({ name }) => name === RESCHEDULE);
    assert(cpu.pendingIrqs.length === 0 && cpu.calls.length === 0, 'interrupts leave a CPU before it goes');
    assert(!cpu.active, 'tasks leave a CPU before it goes');
    cpu.softirqPending = 0;
    cpu.timersPending = 0;
    cpu.online = false;
  }

  /** The CPU runs code again: at first only its idle task. */
  bringUp(cpu: Cpu): void {
    assert(cpu.current.idle && !cpu.interrupted, 'a CPU that is offline was left by everyone');
    cpu.online = true;
  }

  /** `kthread_park()` of ksoftirqd and ktimers: softirqs then run only where they are raised. */
  parkSoftirqd(cpu: Cpu, parked: boolean): void {
    cpu.softirqdParked = parked;
    if (parked) return;
    if (cpu.softirqPending !== 0) this.wakeSoftirqd(cpu);
    this.leaveToKtimers(cpu);
  }
}
