/** Hardware queues of a device. Source: block/blk-mq.c (v6.12). */
import { WaitQueue } from '../../engine/locks.ts';
import { BlkFlushQueue, type HwCtx } from '../include/linux/blk-mq.ts';
import { WorkStruct } from '../include/linux/workqueue.ts';
import type { Kernel } from '../kernel.ts';
import { blk_mq_run_work_fn } from './blk-mq.ts';

/** A hardware queue of some CPUs with a tag less than `depth`. */
export function blk_mq_alloc_hctx(
  k: Kernel,
  index: number,
  polled: boolean,
  cpus: readonly number[],
  depth: number,
): HwCtx {
  const runWork = new WorkStruct(k, null, `run_work hctx ${index}`);
  const hctx: HwCtx = {
    index,
    type: polled ? 'HCTX_TYPE_POLL' : 'HCTX_TYPE_DEFAULT',
    cpus,
    freeTags: Array.from({ length: depth - 1 }, (_, i) => depth - 2 - i),
    tagWait: new WaitQueue(k, null, `tags hctx ${index}`),
    dispatch: [],
    runWork,
    fq: new BlkFlushQueue(k, null, `flush hctx ${index}`),
    nr_tags: depth - 1,
    inactive: false,
  };
  runWork.container = hctx;
  runWork.func = blk_mq_run_work_fn;
  return hctx;
}
