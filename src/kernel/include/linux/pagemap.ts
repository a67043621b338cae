/**
 * The page cache of a file: folios by their index, and what it knows of failed writeback.
 * Source: include/linux/mm_types.h, include/linux/page-flags.h, include/linux/fs.h (struct address_space), lib/errseq.c (v6.12 to v7.3).
 */
import { RangeSet } from '../../../base/range-set.ts';
import { SpinLock, WaitQueue } from '../../../engine/locks.ts';
import { bool, flags, int, Obj, struct } from '../../../engine/struct.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';

export const PAGE_SIZE = 4096;

/** Bits of `folio->flags`. Source: include/linux/page-flags.h. */
export const PG_locked = 1 << 0;
export const PG_writeback = 1 << 1;
export const PG_uptodate = 1 << 3;
export const PG_dirty = 1 << 4;
export const PG_reclaim = 1 << 16;
export const PG_dropbehind = 1 << 20;

/** `struct folio`: some pages of the page cache that are kept as one. It is freed when it leaves the cache. */
export class Folio extends struct('folio', {
  flags: flags({ PG_locked, PG_writeback, PG_uptodate, PG_dirty, PG_reclaim, PG_dropbehind }),
  /** Number of its first page in the file. */
  index: int('pages'),
  /** It has 2 to the power of this many pages. */
  order: int(),
  /** A page table refers to it. */
  mapped: bool(),
  /** ifs->write_bytes_pending: bytes of a folio of several blocks that are under writeback, plus one while the flusher
   *  goes over it. */
  write_bytes_pending: int('B'),
}) {
  /** Who waits for its lock or the end of its writeback. */
  readonly wait: WaitQueue;
  /** Null once it has left the cache. */
  mapping: AddressSpace | null;
  /** ifs->state: its dirty blocks, by their offset in the folio; only for folios of several blocks. */
  readonly dirtyBlocks = new Set<number>();
  /** _refcount: whoever uses it; the cache itself is one. */
  refs = 1;
  /** What the filesystem keeps with it, such as buffer heads. */
  private: unknown = null;
  /** Objects whose memory is given back with its own. */
  readonly parts: Obj[] = [];

  constructor(k: Kernel, mapping: AddressSpace, index: number, order: number) {
    super(k, mapping.host, `${mapping.label} ${index}`);
    this.mapping = mapping;
    this.wait = new WaitQueue(k, this, `folio ${mapping.label} ${index}`);
    this.index = index;
    if (order > 0) this.order = order;
  }

  get nr_pages(): number {
    return 1 << this.order;
  }
  /** folio_pos(): where it begins in the file, in bytes. */
  get pos(): number {
    return this.index * PAGE_SIZE;
  }
  /** folio_size(), in bytes. */
  get size(): number {
    return this.nr_pages * PAGE_SIZE;
  }
}

/** `folio_get()`. */
export function folio_get(folio: Folio): Folio {
  folio.refs++;
  return folio;
}

/** `folio_put()`: the last user gives the memory back. Any context. */
export function folio_put(k: Kernel, folio: Folio): void {
  folio.refs--;
  if (folio.refs < 0) k.hazard('folio-put-twice', folio);
  if (folio.refs !== 0) return;
  for (const part of folio.parts.splice(0)) k.free(part);
  k.free(folio);
}

/** What a filesystem does for its page cache: `struct address_space_operations`. */
export type AddressSpaceOperations = {
  readonly writepages: (k: Kernel, mapping: AddressSpace, wbc: WritebackControl) => KernelFn<number>;
  /** The largest order of a folio: 0 where there are none of several pages. */
  readonly max_order: number;
  /** Before the first write to a page through a mapping: the locked folio gets what its blocks need. In the kernel a part of
   *  `vm_ops->page_mkwrite`. */
  readonly page_mkwrite?: (k: Kernel, folio: Folio) => KernelFn;
  /** A part of a locked folio, in bytes, goes away with its blocks, while the folio stays. */
  readonly invalidate_folio?: (k: Kernel, folio: Folio, offset: number, length: number) => KernelFn;
};

/** `struct writeback_control`: what a pass of writeback is about; byte offsets. */
export type WritebackControl = {
  /** WB_SYNC_ALL: for integrity, everything of the range is written and waited for. WB_SYNC_NONE: as much as is easy. */
  readonly sync_mode: 'WB_SYNC_NONE' | 'WB_SYNC_ALL';
  readonly range_start: number;
  readonly range_end: number;
  /** Called for memory reclaim, which must not wait for itself. */
  readonly for_reclaim: boolean;
};

/** A writeback error and whether anybody has seen it: `errseq_t`, with a counter that does not wrap. */
export type ErrSeq = { error: number; seq: number; seen: boolean };

/** `struct address_space`. */
export class AddressSpace extends Obj {
  static override readonly type = 'address_space';
  readonly host: Obj;
  readonly label: string;
  /** i_pages.xa_lock, taken with interrupts off. */
  readonly xa_lock: SpinLock;
  /** i_pages: every page of a folio refers to it. */
  readonly folios = new Map<number, Folio>();
  /** Clean pages from before the run, of which nobody has needed a folio yet. */
  readonly untouched = new RangeSet();
  /** PAGECACHE_TAG_DIRTY. */
  readonly dirty = new Set<Folio>();
  /** PAGECACHE_TAG_WRITEBACK. */
  readonly writeback = new Set<Folio>();
  readonly wb_err: ErrSeq = { error: 0, seq: 0, seen: true };
  a_ops: AddressSpaceOperations | null = null;

  constructor(k: Kernel, host: Obj, label: string) {
    super(k, host, label);
    this.host = host;
    this.label = label;
    this.xa_lock = new SpinLock(k, this, `i_pages ${label}`);
  }

  /** Pages of the file that are in the cache. */
  get nrpages(): number {
    return this.folios.size + this.untouched.size;
  }
}

/** Notes an error, so that every open file is told of it once. Source: lib/errseq.c, errseq_set. */
export function errseq_set(eseq: ErrSeq, error: number): void {
  if (eseq.error === error && !eseq.seen) return;
  eseq.error = error;
  eseq.seq++;
  eseq.seen = false;
}

/** Where a file that is opened now begins: it is told of an error that nobody has seen yet, but of no older one. */
export function errseq_sample(eseq: ErrSeq): number {
  return eseq.seen ? eseq.seq : 0;
}

/** The error since `since`, or 0. Once told, it counts as seen. */
export function errseq_check_and_advance(eseq: ErrSeq, since: number): { error: number; now: number } {
  if (eseq.seq === since) return { error: 0, now: since };
  eseq.seen = true;
  return { error: eseq.error, now: eseq.seq };
}
