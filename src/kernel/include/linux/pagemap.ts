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
/** In the kernel the same bit as PG_reclaim, which only folios under writeback have. */
export const PG_readahead = 1 << 18;
export const PG_dropbehind = 1 << 20;

/** `struct folio`: some pages of the page cache that are kept as one. It is freed when it leaves the cache. */
export class Folio extends struct('folio', {
  flags: flags({ PG_locked, PG_writeback, PG_uptodate, PG_dirty, PG_reclaim, PG_readahead, PG_dropbehind }),
  /** Number of its first page in the file. */
  index: int('pages'),
  /** It has 2 to the power of this many pages. */
  order: int(),
  /** A page table refers to it. */
  mapped: bool(),
  /** ifs->write_bytes_pending: bytes of a folio of several blocks that are under writeback, plus one while the flusher
   *  goes over it. */
  write_bytes_pending: int('B'),
  /** ifs->read_bytes_pending: bytes of a folio of several blocks that are read, plus one while more may be added. */
  read_bytes_pending: int('B'),
}) {
  /** Who waits for its lock or the end of its writeback. */
  readonly wait: WaitQueue;
  /** Null once it has left the cache. */
  mapping: AddressSpace | null;
  /** ifs->state: its dirty blocks, by their offset in the folio; only for folios of several blocks. */
  readonly dirtyBlocks = new Set<number>();
  /** _refcount: whoever uses it; the cache itself is one. */
  refs = 1;
  /** A part of a folio of several blocks could not be read. */
  readFailed = false;
  /** What the filesystem keeps with it, such as buffer heads. */
  private: unknown = null;
  /** Objects whose memory is given back with its own. */
  readonly parts: Obj[] = [];
  /** Who is called when it is unlocked, instead of sleeping until then: `struct wait_page_queue`. */
  readonly asyncWaiters: WaitPageQueue[] = [];

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
  /** Writes dirty folios; absent where nothing becomes dirty. */
  readonly writepages?: (k: Kernel, mapping: AddressSpace, wbc: WritebackControl) => KernelFn<number>;
  /** Begins to read new, locked folios, without waiting for them. */
  readonly readahead?: (k: Kernel, rac: ReadaheadControl) => KernelFn;
  /** Begins to read a locked folio. Returns 0 or a negative errno; the end of the read unlocks it. */
  readonly read_folio?: (k: Kernel, folio: Folio, about: Obj) => KernelFn<number>;
  /** All of a folio becomes dirty; absent where `filemap_dirty_folio()` does. False if it was. */
  readonly dirty_folio?: (k: Kernel, folio: Folio) => KernelFn<boolean>;
  /** Before the first write to a page through a mapping: the locked folio gets what its blocks need and becomes dirty, unless
   *  that fails. In the kernel a part of `vm_ops->page_mkwrite`; absent where nothing is needed. */
  readonly page_mkwrite?: (k: Kernel, folio: Folio) => KernelFn;
  /** The largest order of a folio: 0 where there are none of several pages. */
  readonly max_order: number;
  /** A part of a locked folio, in bytes, goes away with its blocks, while the folio stays. */
  readonly invalidate_folio?: (k: Kernel, folio: Folio, offset: number, length: number) => KernelFn;
};

/** A read of a locked folio begins: until all its pieces are added, it cannot end. */
export function startRead(folio: Folio): void {
  if (folio.order > 0) folio.read_bytes_pending = folio.size + 1;
  folio.readFailed = false;
}

/** All pieces are added: `submitted` bytes that are read and `zeroed` that are valid without. Is nothing left to wait for? */
export function allAdded(folio: Folio, submitted: number, zeroed: number): boolean {
  if (submitted + zeroed < folio.size) folio.readFailed = true;
  if (folio.order === 0) return submitted === 0;
  folio.read_bytes_pending = folio.read_bytes_pending - (folio.size + 1 - submitted);
  return folio.read_bytes_pending === 0;
}

/** Some bytes of a folio are read, or could not be. Are they the last? */
export function bytesRead(folio: Folio, len: number, error: number): boolean {
  if (folio.order > 0) folio.read_bytes_pending = folio.read_bytes_pending - len;
  if (error !== 0) folio.readFailed = true;
  return folio.order === 0 || folio.read_bytes_pending === 0;
}

/** What is called when a folio is unlocked. Any context. */
export type WaitPageQueue = { readonly func: (k: Kernel, data: Obj) => KernelFn; readonly data: Obj };

/** `struct readahead_control`: folios to be read ahead. */
export type ReadaheadControl = {
  readonly mapping: AddressSpace;
  /** Who asks, a kiocb or the task whose page fault it is. */
  readonly about: Obj;
  /** They are to leave the cache after use. */
  readonly dropbehind: boolean;
  /** In the order of the file, without gaps; `->readahead` takes them. */
  readonly folios: Folio[];
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
  /** AS_WRITEBACK_MAY_DEADLOCK_ON_RECLAIM: who writes the data may need memory for that, so reclaim must not wait. */
  writebackMayDeadlockOnReclaim = false;

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
