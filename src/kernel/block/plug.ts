/** Which task holds which requests back: `current->plug`. */
import type { Task } from '../../engine/task.ts';
import type { BlkPlug } from '../include/linux/blk-mq.ts';
import { type Kernel, PerRun } from '../kernel.ts';

export const plugs = new PerRun(() => new Map<Task, BlkPlug>());

export function plugOf(k: Kernel, task: Task): BlkPlug | null {
  return k.of(plugs).get(task) ?? null;
}
