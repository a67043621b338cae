import { alloc_workqueue, WQ_HIGHPRI, WQ_MEM_RECLAIM, WQ_PERCPU } from '../include/linux/workqueue.ts';

/** The block layer's own workqueue. Source: block/blk-core.c. */
export const kblockd = alloc_workqueue('kblockd', WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_PERCPU);
