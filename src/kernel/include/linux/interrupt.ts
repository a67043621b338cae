import { int, type Obj, struct } from '../../../engine/struct.ts';
import type { Task } from '../../../engine/task.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** `irqreturn_t`. Source: include/linux/irqreturn.h. */
export const IRQ_NONE = 0;
export const IRQ_HANDLED = 1;
export const IRQ_WAKE_THREAD = 2;

/** Called with what the interrupt was requested for. */
export type IrqHandler = (k: Kernel, dev: Obj) => KernelFn<number>;

/** `struct irqaction`: who handles an interrupt, in the hard interrupt and in a thread. */
export type IrqAction = {
  readonly handler: IrqHandler;
  readonly thread_fn: IrqHandler | null;
  readonly dev: Obj;
  /** IRQTF_FORCED_THREAD: the thread does what was written for a hard interrupt. */
  readonly forced: boolean;
  /** What the driver itself wanted in a thread, where that of its hard interrupt was forced into one, too. */
  readonly secondary: IrqAction | null;
  /** `irq/N-name`. */
  thread: Task | null;
  /** IRQTF_RUNTHREAD: the thread has something to do. */
  run_thread: boolean;
};

/** `struct irq_desc`: an interrupt line with its one action. */
export class IrqDesc extends struct('irq_desc', {
  /** The CPU that takes it; its affinity may hold several. */
  effective_affinity: int(),
}) {
  readonly name: string;
  readonly irq: number;
  /** CPUs that may take it. The kernel manages it: nobody can change it, and the driver sees to it that nothing needs the
   *  interrupt when the last of them goes offline. */
  readonly affinity: readonly number[];
  readonly action: IrqAction;
  /** Raised, and its handler has not begun. */
  raised = false;
  /** None of its CPUs is online. */
  managed_shutdown = false;

  constructor(
    k: Kernel,
    { name, irq, affinity, action }: Pick<IrqDesc, 'name' | 'irq' | 'affinity' | 'action'>,
  ) {
    super(k, action.dev, name);
    this.name = name;
    this.irq = irq;
    this.affinity = affinity;
    this.action = action;
    this.effective_affinity = affinity[0] ?? 0;
  }
}
