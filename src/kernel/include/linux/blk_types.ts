import { flags, fn, int, type Obj, ref, struct } from '../../../engine/struct.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

/** Operations and bits of `bi_opf` and `cmd_flags`. Source: include/linux/blk_types.h (v6.12). */
export const REQ_OP_READ = 0;
export const REQ_OP_WRITE = 1;
export const REQ_OP_FLUSH = 2;
export const REQ_SYNC = 1 << 11;
export const REQ_META = 1 << 12;
export const REQ_NOMERGE = 1 << 14;
export const REQ_IDLE = 1 << 15;
export const REQ_FUA = 1 << 17;
export const REQ_PREFLUSH = 1 << 18;
export const REQ_NOWAIT = 1 << 21;
export const REQ_POLLED = 1 << 22;
export const OPF_BITS = {
  REQ_OP_WRITE,
  REQ_OP_FLUSH,
  REQ_SYNC,
  REQ_META,
  REQ_NOMERGE,
  REQ_IDLE,
  REQ_FUA,
  REQ_PREFLUSH,
  REQ_NOWAIT,
  REQ_POLLED,
};

/** `blk_status_t`. */
export const BLK_STS = {
  BLK_STS_OK: 0,
  BLK_STS_NOTSUPP: 1,
  BLK_STS_TIMEOUT: 2,
  BLK_STS_NOSPC: 3,
  BLK_STS_MEDIUM: 7,
  BLK_STS_IOERR: 10,
  BLK_STS_AGAIN: 12,
} as const;
export type BlkStatus = keyof typeof BLK_STS;

/** `op_is_flush()`. */
export const op_is_flush = (opf: number): boolean => (opf & (REQ_FUA | REQ_PREFLUSH)) !== 0;

export const SECTOR_BYTES = 512;

export type BioEndIo = (k: Kernel, bio: Bio) => KernelFn;

/** `struct bio`: a piece of a file on its way to or from the device. */
export class Bio extends struct('bio', {
  bi_opf: flags(OPF_BITS),
  bi_sector: int('sectors'),
  bi_size: int('B'),
  /** 0 is BLK_STS_OK. */
  bi_status: int(),
  /** __bi_remaining: pieces that have to end before the bio does, when it was split. */
  remaining: int(),
  /** For a polled bio: the hardware queue to poll, -1 before it is issued. */
  bi_cookie: int(),
  bi_end_io: fn<BioEndIo>(),
  bi_private: ref<Obj>(),
}) {
  /** What it is embedded in, for container_of() in its end_io. */
  container: unknown = null;
}
