import { Engine, type EngineConfig } from '../engine/engine.ts';
import type { Proc } from '../engine/frame.ts';
import type { LogWriter } from '../log/writer.ts';
import type { Costs } from './costs.ts';
import type { Switches } from './switches.ts';

/** A modelled kernel function in progress. Reach one only through `k.call`, so that its span exists. */
export type KernelFn<R = void> = Proc<R>;

/** What the model needs to know beyond the engine: the kernel's switches, the durations, the machine. */
export type KernelConfig = EngineConfig & {
  readonly switches: Switches;
  readonly costs: Costs;
  readonly cpusPerLlc: number;
  readonly rqAffinity: 0 | 1 | 2;
};

/** A global variable of the kernel: every run has its own, made when first asked for. */
export class PerRun<T> {
  readonly make: (k: Kernel) => T;

  constructor(make: (k: Kernel) => T) {
    this.make = make;
  }
}

/** One run's kernel: the engine plus what the kernel keeps in global variables. */
export class Kernel extends Engine {
  readonly switches: Switches;
  readonly costs: Costs;
  readonly rqAffinity: 0 | 1 | 2;

  private readonly cpusPerLlc: number;
  private readonly variables = new Map<unknown, unknown>();

  constructor(log: LogWriter, config: KernelConfig) {
    super(log, config);
    this.switches = config.switches;
    this.costs = config.costs;
    this.cpusPerLlc = config.cpusPerLlc;
    this.rqAffinity = config.rqAffinity;
  }

  /** This run's instance of a global variable. */
  of<T>(variable: PerRun<T>): T {
    if (!this.variables.has(variable)) this.variables.set(variable, variable.make(this));
    return this.variables.get(variable) as T; // put there by the line above, from the same PerRun<T>
  }

  /** `cpus_share_cache()`. */
  cpus_share_cache(a: number, b: number): boolean {
    return Math.floor(a / this.cpusPerLlc) === Math.floor(b / this.cpusPerLlc);
  }

  /** Is there anything to do before the current task may return to user mode? */
  hasExitWork(): boolean {
    const task = this.currentTask;
    return task.notifySignal || task.notifyResume || (this.cpu !== null && this.cpu.needResched !== 0);
  }
}
