import { assert } from '../base/assert.ts';
import { Ev } from '../log/events.ts';
import type { Cpu } from './cpu.ts';
import { ENDLESS_NS } from './driver.ts';
import type { ExecContext, Frame, Proc } from './frame.ts';
import { Timers } from './timers.ts';

/** Something to wait for busily: a poll loop stays here until a completion may have come. */
export class PollChannel {
  /** Grows with each signal, so that one which came just before the wait is not lost. */
  signals = 0;
  readonly pollers: Poller[] = [];
}

/** A context that polls: it spends without an end, in passes, until something ends the present pass. */
type Poller = {
  readonly context: ExecContext;
  /** The function that polls. What runs on top of it in the same context, such as the way back to user mode, is none. */
  readonly frame: Frame | null;
  readonly pass_ns: number;
  /** How long it polls if nothing ends it. */
  readonly limit_ns: number;
  /** How many passes it were, once it is known; the pass in progress is the last. */
  passes: number;
};

/** Busy waiting without an event a pass: time is skipped to the next thing that can end it. */
export abstract class Polling extends Timers {
  /** Those whose last pass is not known yet. */
  private readonly pollers = new Map<ExecContext, Poller>();

  /**
   * Waits busily, in passes of `pass_ns` each, to the end of the pass in which one of `channels` is signalled, a
   * reschedule is due or task_work arrives, or for `limit_ns`. `seen` is the sum of the channels' `signals` when the caller
   * began to look. One Spin event at the end says how many passes it were. Interrupts come in between; their time is not
   * counted. User mode does not see what is due in the kernel: only an interrupt takes it there.
   */
  *pollUntil(
    channels: readonly PollChannel[],
    seen: number,
    pass_ns: number,
    what: string,
    limit_ns: number = ENDLESS_NS,
  ): Proc {
    const { cpu, ctx } = this;
    assert(cpu !== null && ctx !== null, 'a poll loop runs on a CPU');
    if (signalsOf(channels) !== seen) return;
    if (!ctx.userMode && (this.need_resched() || cpu.current.notifySignal)) return;
    const startRow = this.log.rows - 1;
    const { frame } = ctx;
    const poller: Poller = { context: ctx, frame, pass_ns: Math.max(1, pass_ns), limit_ns, passes: 0 };
    this.pollers.set(ctx, poller);
    for (const channel of channels) channel.pollers.push(poller);
    yield this.spend(limit_ns);
    if (this.pollers.delete(ctx)) poller.passes = Math.ceil(limit_ns / poller.pass_ns); // nothing has ended it
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
    const { context } = poller;
    if (!this.pollers.delete(context)) return; // told before
    const above = frameAbove(context, poller.frame);
    if (above !== null) {
      above.unspent_ns = restOfPass(poller, above.unspent_ns);
      return;
    }
    const cpu = this.cpus.find((one) => one.top === context);
    if (cpu !== undefined) this.suspend(cpu);
    context.remaining_ns = restOfPass(poller, context.remaining_ns);
    if (cpu !== undefined && cpu !== this.cpu) this.appoint(cpu, this.now_ns); // else it goes on anyway
  }
}

/** What is left of the pass in progress when `unspent_ns` of the poller's time were not used; counts the passes. */
function restOfPass(poller: Poller, unspent_ns: number): number {
  const { limit_ns, pass_ns } = poller;
  const polled_ns = limit_ns - unspent_ns;
  poller.passes = Math.floor(polled_ns / pass_ns) + 1;
  return Math.min(unspent_ns, poller.passes * pass_ns - polled_ns);
}

/** The frame right above `frame` in its context, which keeps what `frame` has not spent; null if there is none. */
function frameAbove(context: ExecContext, frame: Frame | null): Frame | null {
  let above = context.frame;
  if (above === frame) return null;
  while (above !== null && above.outer !== frame) above = above.outer;
  return above;
}

/** How often these channels were signalled. */
export function signalsOf(channels: readonly PollChannel[]): number {
  return channels.reduce((sum, channel) => sum + channel.signals, 0);
}
