import { int, type Obj, struct } from '../../../engine/struct.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** An interrupt line as its driver asks for it. */
export type IrqLine = {
  readonly name: string;
  readonly vector: number;
  /** CPUs that may take it. The kernel manages it: nobody can change it, and the driver sees to it that nothing needs the
   *  interrupt when the last of them goes offline. */
  readonly affinity: readonly number[];
  /** What runs in the hard interrupt: `() => k.call(handler, dev)`. It clears `raised` first. */
  readonly handler: () => KernelFn;
};

/** `struct irq_desc` with the one action it has. */
export class IrqDesc extends struct('irq_desc', {
  /** The CPU that takes it; its affinity may hold several. */
  effective_affinity: int(),
}) {
  readonly line: IrqLine;
  /** Raised, and its handler has not begun. */
  raised = false;
  /** None of its CPUs is online. */
  managed_shutdown = false;

  constructor(k: Kernel, dev: Obj, line: IrqLine) {
    super(k, dev, line.name);
    this.line = line;
    this.effective_affinity = line.affinity[0] ?? 0;
  }
}
