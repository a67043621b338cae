import { flags, fn, int, type Obj, ref, struct } from '../../../engine/struct.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { Folio } from './pagemap.ts';

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
export const REQ_RAHEAD = 1 << 19;
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
  REQ_RAHEAD,
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

/** Bits of `bi_flags`; which bit it is does not matter. */
export const BIO_COMPLETE_IN_TASK = 1 << 13;

export const SECTOR_BYTES = 512;

export type BioEndIo = (k: Kernel, bio: Bio) => KernelFn;

/** `struct bio`: a piece of a file on its way to or from the device. */
export class Bio extends struct('bio', {
  bi_opf: flags(OPF_BITS),
  bi_flags: flags({ BIO_COMPLETE_IN_TASK }),
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
  /** The folios of the page cache that it reads or writes, and how much of each. */
  readonly bi_io_vec: BioVec[] = [];
}

/** `struct bio_vec`: a piece of a folio, in bytes. */
export type BioVec = { readonly folio: Folio; readonly offset: number; len: number };
