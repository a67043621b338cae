import { assert } from '../base/assert.ts';
import { Ev } from '../log/events.ts';
import { type Cpu, Resched } from './cpu.ts';
import { type ExecContext, Op, type Proc } from './frame.ts';
import { Interrupts } from './interrupts.ts';

/** Something to wait for busily: a poll loop parks here until a completion may have come. */
export class PollChannel {
  /** Grows with each signal, so that one which came just before the wait is not lost. */
  signals = 0;
  readonly waiting: Cpu[] = [];
}

/** A CPU that polls, and since when. */
type Poller = {
  readonly context: ExecContext;
  readonly start_ns: number;
  readonly pass_ns: number;
  signalled: boolean;
};

/** Busy waiting without an event a pass: time is skipped to the next thing that can end it. */
export abstract class Polling extends Interrupts {
  private readonly pollers = new Map<Cpu, Poller>();

  /**
   * Waits busily: passes of `pass_ns` each until one of `channels` is signalled, a reschedule is due or task_work
   * arrives, at the end of a pass. `seen` is the sum of their `signals` when the caller began to look. One Spin event at
   * the end says how many passes it were. Interrupts come in between.
   */
  *pollUntil(channels: readonly PollChannel[], seen: number, pass_ns: number, what: string): Proc {
    const { cpu, ctx } = this;
    assert(cpu !== null && ctx !== null, 'a poll loop runs on a CPU');
    const startRow = this.log.rows - 1;
    const start_ns = this.now_ns;
    if (cpu.needResched !== Resched.Now && !cpu.current.notifySignal && signalsOf(channels) === seen) {
      const poller = { context: ctx, start_ns, pass_ns: Math.max(1, pass_ns), signalled: false };
      this.pollers.set(cpu, poller);
      for (const channel of channels) channel.waiting.push(cpu);
      yield Op.Park;
      this.pollers.delete(cpu);
      for (const channel of channels) channel.waiting.splice(channel.waiting.indexOf(cpu), 1);
    }
    const passes = Math.max(1, Math.round((this.now_ns - start_ns) / Math.max(1, pass_ns)));
    if (this.now_ns > start_ns) this.emit(Ev.Spin, this.intern(what), 0, passes, startRow);
  }

  /** What somebody polls for may be there. */
  signal(channel: PollChannel): void {
    channel.signals++;
    for (const cpu of channel.waiting) this.signalPoller(cpu);
  }

  protected override signalPoller(cpu: Cpu): void {
    const poller = this.pollers.get(cpu);
    if (poller === undefined || poller.signalled) return;
    poller.signalled = true;
    const into = (this.now_ns - poller.start_ns) % poller.pass_ns;
    this.at(this.now_ns + (poller.pass_ns - into), () => {
      this.release(cpu, poller.context);
    });
  }
}

/** How often these channels were signalled. */
export function signalsOf(channels: readonly PollChannel[]): number {
  return channels.reduce((sum, channel) => sum + channel.signals, 0);
}
