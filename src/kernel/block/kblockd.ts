import type { WorkqueueStruct } from '../include/linux/workqueue.ts';

/** The block layer's own workqueue. Source: block/blk-core.c. */
export const kblockd: WorkqueueStruct = { name: 'kblockd', highpri: true };
