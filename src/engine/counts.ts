import { assert } from '../base/assert.ts';
import { type Cpu, Resched } from './cpu.ts';
import { Driver } from './driver.ts';

/** `rt` is PREEMPT_RT: as `full`, and softirqs and the holders of spinlocks can be preempted, too. */
export type PreemptModel = 'none' | 'voluntary' | 'full' | 'lazy' | 'rt';

/** How the kernel was built and booted, as far as its own idea of its context depends on it. */
export type PreemptConfig = {
  readonly preempt: PreemptModel;
  /** CONFIG_PREEMPT_COUNT: what disables preemption is counted, so that it can be asked for. */
  readonly preemptCount: boolean;
  /** CONFIG_PREEMPT_RCU: RCU read-side sections may be preempted and have a count of their own. */
  readonly preemptRcu: boolean;
  /** `force_irqthreads()`: interrupts of devices are handled in threads, and softirqs in those of each CPU. */
  readonly threadirqs: boolean;
};

/** What the kernel counts for the context that runs, and what it asks of these counts (block-completion.md section 0). */
export abstract class Counts extends Driver {
  protected abstract readonly config: PreemptConfig;

  protected override get fullPreemption(): boolean {
    return this.config.preempt === 'full' || this.isRt;
  }

  /** IS_ENABLED(CONFIG_PREEMPT_RT). */
  protected get isRt(): boolean {
    return this.config.preempt === 'rt';
  }

  /** The CPU whose code runs. */
  private get running(): Cpu {
    assert(this.cpu !== null, 'code runs on a CPU');
    return this.cpu;
  }

  protected get top(): Cpu['top'] {
    return this.running.top;
  }

  /** `preempt_disable()`. */
  preemptDisable(): void {
    this.top.preemptCount++;
    this.running.pack();
  }

  /** `preempt_enable()`: with full preemption a due reschedule happens at the next step. */
  preemptEnable(): void {
    this.top.preemptCount--;
    assert(this.top.preemptCount >= 0, 'preemption is enabled as often as disabled');
    this.running.pack();
  }

  /** `local_irq_disable()`, nesting. */
  irqDisable(): void {
    this.top.irqsOff++;
    this.running.pack();
  }

  /** `local_irq_enable()`: pending interrupts come at the next step. */
  irqEnable(): void {
    this.top.irqsOff--;
    assert(this.top.irqsOff >= 0, 'interrupts are enabled as often as disabled');
    this.running.pack();
  }

  /** Enters an RCU read-side section; where RCU is not preemptible, that disables preemption. Source:
   *  include/linux/rcupdate.h. */
  rcu_read_lock(): void {
    this.top.rcuDepth++;
    if (!this.config.preemptRcu) this.preemptDisable();
  }

  rcu_read_unlock(): void {
    this.top.rcuDepth--;
    assert(this.top.rcuDepth >= 0, 'an RCU section is left as often as entered');
    if (!this.config.preemptRcu) this.preemptEnable();
  }

  /** `migrate_disable()`: the task stays on this CPU, although it may lose it for a while. */
  protected migrateDisable(): void {
    if (this.top.migrateOff++ === 0) this.running.pinnedTasks++;
    this.running.pack();
  }

  protected migrateEnable(): void {
    assert(this.top.migrateOff > 0, 'a task may migrate as often as it may not');
    if (--this.top.migrateOff === 0) this.running.pinnedTasks--;
    this.running.pack();
  }

  /** How many RCU read-side sections are around; 0 where RCU is not preemptible, because nobody counts them then.
   *  Source: include/linux/rcupdate.h. */
  rcu_preempt_depth(): number {
    return this.config.preemptRcu ? this.running.rcuDepth() : 0;
  }

  in_hardirq(): boolean {
    return this.top.level === 2;
  }
  in_serving_softirq(): boolean {
    return this.running.servesSoftirq;
  }
  in_task(): boolean {
    return !this.in_hardirq() && !this.in_serving_softirq();
  }
  irqs_disabled(): boolean {
    return this.top.level === 2 || this.top.irqsOff > 0;
  }
  /** Is anything in `preempt_count()`? Without PREEMPT_COUNT it knows of interrupts, not of spinlocks; with PREEMPT_RT a
   *  softirq or bottom halves that are off are the task's own affair. */
  in_atomic(): boolean {
    if (this.running.preemptDepth() > 0) return true;
    return this.isRt ? this.in_hardirq() : !this.in_task() || this.top.bhOff > 0;
  }
  /** IS_ENABLED(CONFIG_PREEMPT_COUNT). */
  countsPreemption(): boolean {
    return this.config.preemptCount;
  }
  /** May what runs lose its CPU right here? Never, as far as a kernel without PREEMPT_COUNT can tell. Source:
   *  include/linux/preempt.h. */
  preemptible(): boolean {
    return this.config.preemptCount && !this.in_atomic() && !this.irqs_disabled();
  }
  preempt_rt(): boolean {
    return this.isRt;
  }
  force_irqthreads(): boolean {
    return this.config.threadirqs;
  }
  need_resched(): boolean {
    return this.cpu !== null && this.cpu.needResched === Resched.Now;
  }
}
