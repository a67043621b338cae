import { assert } from '../base/assert.ts';
import { Ev } from '../log/events.ts';
import type { Cpu } from './cpu.ts';
import { ENDLESS_NS } from './driver.ts';
import type { ExecContext, Proc } from './frame.ts';
import { Interrupts } from './interrupts.ts';

/** Something to wait for busily: a poll loop stays here until a completion may have come. */
export class PollChannel {
  /** Grows with each signal, so that one which came just before the wait is not lost. */
  signals = 0;
  readonly pollers: Poller[] = [];
}

/** A context that polls: it spends without an end, in passes, until something ends the present pass. */
type Poller = {
  readonly cpu: Cpu;
  readonly context: ExecContext;
  readonly pass_ns: number;
  /** How many passes it were, once it is known; the pass in progress is the last. */
  passes: number;
};

/** Busy waiting without an event a pass: time is skipped to the next thing that can end it. */
export abstract class Polling extends Interrupts {
  /** Those whose last pass is not known yet. */
  private readonly pollers = new Map<ExecContext, Poller>();

  /**
   * Waits busily, in passes of `pass_ns` each, to the end of the pass in which one of `channels` is signalled, a
   * reschedule is due or task_work arrives. `seen` is the sum of the channels' `signals` when the caller began to look.
   * One Spin event at the end says how many passes it were. Interrupts come in between; their time is not counted.
   */
  *pollUntil(channels: readonly PollChannel[], seen: number, pass_ns: number, what: string): Proc {
    const { cpu, ctx } = this;
    assert(cpu !== null && ctx !== null, 'a poll loop runs on a CPU');
    if (this.need_resched() || cpu.current.notifySignal || signalsOf(channels) !== seen) return;
    const startRow = this.log.rows - 1;
    const poller: Poller = { cpu, context: ctx, pass_ns: Math.max(1, pass_ns), passes: 0 };
    this.pollers.set(ctx, poller);
    for (const channel of channels) channel.pollers.push(poller);
    yield this.spend(ENDLESS_NS);
    for (const channel of channels) channel.pollers.splice(channel.pollers.indexOf(poller), 1);
    this.emit(Ev.Spin, this.intern(what), 0, poller.passes, startRow);
  }

  /** What somebody polls for may be there. */
  signal(channel: PollChannel): void {
    channel.signals++;
    for (const poller of channel.pollers) this.lastPass(poller);
  }

  protected override signalPoller(cpu: Cpu): void {
    const poller = this.pollers.get(cpu.current.context);
    if (poller !== undefined) this.lastPass(poller);
  }

  /** The present pass becomes the last: what is left of it is all that the poller still spends. */
  private lastPass(poller: Poller): void {
    const { cpu, context, pass_ns } = poller;
    if (!this.pollers.delete(context)) return; // told before
    const onTop = cpu.top === context;
    if (onTop) this.suspend(cpu);
    const polled_ns = ENDLESS_NS - context.remaining_ns;
    poller.passes = Math.floor(polled_ns / pass_ns) + 1;
    context.remaining_ns = poller.passes * pass_ns - polled_ns;
    if (onTop) this.appoint(cpu, this.now_ns);
  }
}

/** How often these channels were signalled. */
export function signalsOf(channels: readonly PollChannel[]): number {
  return channels.reduce((sum, channel) => sum + channel.signals, 0);
}
