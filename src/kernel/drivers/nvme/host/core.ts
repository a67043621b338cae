/** What all NVMe transports share. Source: drivers/nvme/host/core.c. Not modelled: retries, failover. */
import { blk_mq_end_request } from '../../../block/blk-mq-end.ts';
import { REQ_OP_FLUSH, REQ_OP_WRITE } from '../../../include/linux/blk_types.ts';
import type { Request } from '../../../include/linux/blk-mq.ts';
import { has } from '../../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../../kernel.ts';

/** Builds the command; the opcodes of flush, write and read are 0, 1 and 2. */
export function* nvme_setup_cmd(k: Kernel, rq: Request): KernelFn {
  k.trace(
    'nvme_setup_cmd',
    rq,
    has(rq.cmd_flags, REQ_OP_FLUSH) ? 0 : has(rq.cmd_flags, REQ_OP_WRITE) ? 1 : 2,
  );
}

/** Finishes one request that is in no batch. */
export function* nvme_complete_rq(k: Kernel, rq: Request): KernelFn {
  k.trace('nvme_complete_rq', rq, rq.status);
  yield* k.call(blk_mq_end_request, rq, rq.status);
}

/** The driver's part of finishing a request of a batch. */
export function* nvme_complete_batch_req(k: Kernel, rq: Request): KernelFn {
  k.trace('nvme_complete_rq', rq, 0);
}
