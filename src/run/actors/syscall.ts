import type { Proc } from '../../engine/frame.ts';
import { exit_to_user_mode_loop } from '../../kernel/kernel/entry/common.ts';
import type { Kernel } from '../../kernel/kernel.ts';

/** A system call from user mode: entry, the function, what is due on the way back, exit. */
export function* syscall<A extends readonly unknown[], R>(
  k: Kernel,
  fn: (k: Kernel, ...args: A) => Proc<R>,
  ...args: A
): Proc<R> {
  const { context } = k.currentTask;
  k.setUserMode(context, false);
  yield k.spend(Math.ceil(k.costs.syscall / 2));
  const result = yield* k.call(fn, ...args);
  if (k.hasExitWork()) yield* k.call(exit_to_user_mode_loop);
  yield k.spend(Math.floor(k.costs.syscall / 2));
  k.setUserMode(context, true);
  return result;
}
