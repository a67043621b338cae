import type { KernelFn } from '../../kernel/kernel.ts';
import type { PlannedIo } from './offsets.ts';

/** How an I/O engine of fio hands I/Os over and learns of their end. All of it begins in user mode. */
export type Engine = {
  readonly submit: (ios: readonly PlannedIo[]) => KernelFn;
  /** Waits until `count` I/Os are complete and takes so many. */
  readonly reap: (count: number) => KernelFn;
  /** Gives up what the engine holds; nothing is in flight. */
  readonly close: () => KernelFn;
};
