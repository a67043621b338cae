/** Buffer heads: what is known of each block of a folio. Source: include/linux/buffer_head.h, fs/buffer.c (v6.12 to v7.3). */
import { assert } from '../../../base/assert.ts';
import { SpinLock } from '../../../engine/locks.ts';
import { flags, int, struct } from '../../../engine/struct.ts';
import type { Kernel } from '../../kernel.ts';
import { clear, has, set } from './fs.ts';
import { type Folio, PAGE_SIZE } from './pagemap.ts';

/** Bits of `bh->b_state`. */
export const BH_Uptodate = 1 << 0;
export const BH_Dirty = 1 << 1;
export const BH_Mapped = 1 << 4;
export const BH_New = 1 << 5;
export const BH_Async_Read = 1 << 6;
export const BH_Async_Write = 1 << 7;
/** Space is reserved, the block is not chosen yet. */
export const BH_Delay = 1 << 8;
/** It could not be written. */
export const BH_Write_EIO = 1 << 10;
export const BH_Unwritten = 1 << 11;

/** `struct buffer_head`: one block of a folio; here a block is a page. */
export class BufferHead extends struct('buffer_head', {
  b_state: flags({
    BH_Uptodate,
    BH_Dirty,
    BH_Mapped,
    BH_New,
    BH_Async_Read,
    BH_Async_Write,
    BH_Delay,
    BH_Write_EIO,
    BH_Unwritten,
  }),
  /** Place on the device, -1 while it is not chosen. */
  b_blocknr: int('blocks'),
}) {
  readonly b_folio: Folio;
  /** bh_offset(): where it begins in its folio, in bytes. */
  readonly b_offset: number;

  constructor(k: Kernel, folio: Folio, b_offset: number) {
    super(k, folio, `${folio.index + b_offset / PAGE_SIZE}`);
    this.b_folio = folio;
    this.b_offset = b_offset;
  }
}

/** The buffer heads of a folio, with b_uptodate_lock of the first one, which guards the BH_Async_Write of all. */
export class FolioBuffers {
  readonly bhs: readonly BufferHead[];
  readonly b_uptodate_lock: SpinLock;

  constructor(k: Kernel, folio: Folio) {
    this.bhs = Array.from({ length: folio.nr_pages }, (_, i) => new BufferHead(k, folio, i * PAGE_SIZE));
    this.b_uptodate_lock = new SpinLock(k, folio, 'b_uptodate_lock');
    folio.parts.push(...this.bhs, this.b_uptodate_lock);
  }
}

/** `folio_buffers()`: those of a folio, or null. */
export const folio_buffers = (folio: Folio): FolioBuffers | null =>
  folio.private instanceof FolioBuffers ? folio.private : null;

/** `create_empty_buffers()`, unless the folio has some. */
export function buffersOf(k: Kernel, folio: Folio): FolioBuffers {
  assert(
    folio.private === null || folio.private instanceof FolioBuffers,
    'nobody else uses the folio’s private',
  );
  folio.private ??= new FolioBuffers(k, folio);
  return folio.private as FolioBuffers; // by the line above
}

/** Sets and clears bits of a buffer's state as one write; none if nothing changes. */
export function changeBuffer(bh: BufferHead, bits: number, without = 0): void {
  const state = set(clear(bh.b_state, without), bits);
  if (state !== bh.b_state) bh.b_state = state;
}

/** Is the block dirty and on the device at a known place, so that it can be written without a change of metadata? */
export const isWritable = ({ b_state }: BufferHead): boolean =>
  has(b_state, BH_Dirty) && has(b_state, BH_Mapped) && !has(b_state, BH_Delay | BH_Unwritten);
