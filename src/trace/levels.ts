import { Level } from '../log/context.ts';
import type { FtraceEvent } from './ftrace-records.ts';

/**
 * The execution context of each CPU by the entry and exit events of interrupts, for recordings whose lines do not carry
 * it. An interrupt ends innermost first, so a stack for each CPU is all there is to know.
 */
export class Levels {
  private readonly open = new Map<number, ('hardirq' | 'softirq')[]>();

  of(cpu: number): Level {
    const stack = this.open.get(cpu) ?? [];
    const hard = stack.includes('hardirq');
    if (stack.includes('softirq')) return hard ? Level.HardirqInSoftirq : Level.Softirq;
    return hard ? Level.Hardirq : Level.Task;
  }

  /** Takes notice of an event; an entry counts from itself on, an exit up to itself. */
  enter(cpu: number, kind: 'hardirq' | 'softirq'): void {
    const stack = this.open.get(cpu);
    if (stack === undefined) this.open.set(cpu, [kind]);
    else stack.push(kind);
  }

  exit(cpu: number, kind: 'hardirq' | 'softirq'): void {
    const stack = this.open.get(cpu) ?? [];
    const at = stack.lastIndexOf(kind);
    if (at >= 0) stack.length = at; // an exit whose entry was not recorded changes nothing
  }

  /** The level of an event, which may itself be the edge of an interrupt. */
  at(cpu: number, event: FtraceEvent): Level {
    const edge = EDGES[event.name];
    if (edge?.[1] === 'enter') this.enter(cpu, edge[0]);
    const level = this.of(cpu);
    if (edge?.[1] === 'exit') this.exit(cpu, edge[0]);
    return level;
  }
}

const EDGES: Readonly<Record<string, readonly ['hardirq' | 'softirq', 'enter' | 'exit']>> = {
  irq_handler_entry: ['hardirq', 'enter'],
  irq_handler_exit: ['hardirq', 'exit'],
  softirq_entry: ['softirq', 'enter'],
  softirq_exit: ['softirq', 'exit'],
};
