import { flags, fn, int, type Obj, ref, struct } from '../../../engine/struct.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** Operations and bits of `bi_opf` and `cmd_flags`. Source: include/linux/blk_types.h (v6.12). */
export const REQ_OP_READ = 0;
export const REQ_OP_WRITE = 1;
export const REQ_SYNC = 1 << 11;
export const REQ_IDLE = 1 << 15;
export const REQ_NOWAIT = 1 << 21;
export const REQ_POLLED = 1 << 22;
export const OPF_BITS = { REQ_OP_WRITE, REQ_SYNC, REQ_IDLE, REQ_NOWAIT, REQ_POLLED };

export const SECTOR_BYTES = 512;

export type BioEndIo = (k: Kernel, bio: Bio) => KernelFn;

/** `struct bio`: a piece of a file on its way to or from the device. */
export class Bio extends struct('bio', {
  bi_opf: flags(OPF_BITS),
  bi_sector: int('sectors'),
  bi_size: int('B'),
  /** 0 is BLK_STS_OK. */
  bi_status: int(),
  /** For a polled bio: the hardware queue to poll, -1 before it is issued. */
  bi_cookie: int(),
  bi_end_io: fn<BioEndIo>(),
  bi_private: ref<Obj>(),
}) {}
