/**
 * What FUSE keeps: the connection to its daemon, requests, and what of an inode is being written back.
 * Source: fs/fuse/fuse_i.h, fs/fuse/dev.c, fs/fuse/file.c (v6.17). Simplified: one connection, whose daemon never goes away.
 */
import { SpinLock, WaitQueue } from '../../../engine/locks.ts';
import { flags, int, Obj, ref, struct, word } from '../../../engine/struct.ts';
import type { Inode } from '../../include/linux/fs.ts';
import type { Folio } from '../../include/linux/pagemap.ts';
import { type Kernel, type KernelFn, PerRun } from '../../kernel.ts';

/** fc->max_pages, fc->max_write: what one request carries, unless the daemon asks for more. */
export const FUSE_DEFAULT_MAX_PAGES_PER_REQ = 32;
export const FUSE_MAX_WRITE = FUSE_DEFAULT_MAX_PAGES_PER_REQ * 4096;
/** fc->max_background: requests nobody waits for that the daemon has at a time. Source: fs/fuse/inode.c. */
export const FUSE_DEFAULT_MAX_BACKGROUND = 12;
/** fc->congestion_threshold: with so many of them, writeback that is not for integrity is put off. */
export const FUSE_DEFAULT_CONGESTION_THRESHOLD = (FUSE_DEFAULT_MAX_BACKGROUND * 3) / 4;
/** Added to writectr, it keeps new writes from being sent: it is lower than any number of them. */
export const FUSE_NOWRITE = -(2 ** 31);

/** What a request is about. Source: include/uapi/linux/fuse.h. */
export type FuseOpcode = 'FUSE_READ' | 'FUSE_WRITE' | 'FUSE_SETATTR' | 'FUSE_FSYNC';

/** Bits of `req->flags`: enum fuse_req_flag. */
export const FR_BACKGROUND = 1 << 2;
export const FR_PENDING = 1 << 7;
export const FR_SENT = 1 << 8;
export const FR_FINISHED = 1 << 9;
/** Its end calls `args->end`. */
export const FR_ASYNC = 1 << 11;

/** `struct fuse_args`: what is asked of the daemon. */
export type FuseArgs = {
  readonly opcode: FuseOpcode;
  readonly inode: Inode;
  /** Who asks: the object that the request is made for. */
  readonly about: Obj;
  /** Where in the file, and how many bytes of data go along, in one direction or the other. */
  readonly offset: number;
  readonly size: number;
  /** Called when the daemon has answered, in its task; null for a request that somebody waits for. */
  readonly end: ((k: Kernel, args: FuseArgs, error: number) => KernelFn) | null;
};

/** `struct fuse_req`: one request to the daemon. */
export class FuseReq extends struct('fuse_req', {
  flags: flags({ FR_BACKGROUND, FR_PENDING, FR_SENT, FR_FINISHED, FR_ASYNC }),
  /** in.h.opcode */
  opcode: word<FuseOpcode>('FUSE_WRITE'),
  /** out.h.error: how the daemon has answered. */
  error: int(),
}) {
  readonly args: FuseArgs;
  /** Who waits for the answer. */
  readonly waitq: WaitQueue;

  constructor(k: Kernel, args: FuseArgs) {
    super(k, args.about);
    this.args = args;
    this.waitq = new WaitQueue(k, this, 'answer');
    this.opcode = args.opcode;
  }
}

/** `struct fuse_iqueue`: requests that the daemon has not read yet. */
export class FuseIqueue extends Obj {
  static override readonly type = 'fuse_iqueue';
  readonly pending: FuseReq[] = [];
  readonly lock: SpinLock;
  readonly waitq: WaitQueue;

  constructor(k: Kernel, parent: Obj) {
    super(k, parent, '/dev/fuse');
    this.lock = new SpinLock(k, this, 'fiq->lock');
    this.waitq = new WaitQueue(k, this, '/dev/fuse');
  }
}

/** `struct fuse_pqueue`: requests that the daemon has read and not answered. */
export class FusePqueue extends Obj {
  static override readonly type = 'fuse_pqueue';
  readonly lock: SpinLock;

  constructor(k: Kernel, parent: Obj) {
    super(k, parent, 'the daemon');
    this.lock = new SpinLock(k, this, 'fpq->lock');
  }
}

/** fc->bg_queue: background requests beyond those that the daemon may have. */
class BgQueue extends Obj {
  static override readonly type = 'bg_queue';
  readonly requests: FuseReq[] = [];
}

/** `struct fuse_conn`. */
export class FuseConn extends struct('fuse_conn', {
  /** Background requests that are not answered, and those of them that the daemon may read. */
  num_background: int(),
  active_background: int(),
}) {
  readonly bg_lock: SpinLock;
  readonly bg_queue: BgQueue;
  readonly iq: FuseIqueue;
  readonly pq: FusePqueue;

  constructor(k: Kernel) {
    super(k, null, 'fuse');
    this.bg_lock = new SpinLock(k, this, 'bg_lock');
    this.bg_queue = new BgQueue(k, this, 'bg_queue');
    this.iq = new FuseIqueue(k, this);
    this.pq = new FusePqueue(k, this);
  }
}

/** get_fuse_conn() */
export const fuse_conn = new PerRun((k) => new FuseConn(k));

/** A piece of a folio in a request: an entry of ap->folios and ap->descs. */
export type FusePiece = { readonly folio: Folio; readonly offset: number; readonly length: number };

/** `struct fuse_writepage_args`: a write request in the making, with the folios that it ends. No bio is part of it. */
export class FuseWritepageArgs extends struct('fuse_writepage_args', {
  num_folios: int(),
  /** Where in the file it begins, and how many bytes of data it has. */
  offset: int('B'),
  size: int('B'),
}) {
  readonly inode: Inode;
  readonly pieces: FusePiece[] = [];

  constructor(k: Kernel, inode: Inode, offset: number) {
    super(k, inode);
    this.inode = inode;
    this.offset = offset;
  }
}

/** `struct fuse_fill_wb_data`: what `wb_ctx` of a pass of writeback is here. */
export class FuseFillWbData extends struct('fuse_fill_wb_data', {
  /** What is being filled. */
  wpa: ref<FuseWritepageArgs>(),
  nr_bytes: int('B'),
}) {
  /** ff: a file that is open for writing, in whose name the requests are made. */
  hasFile = false;
}

/** `struct fuse_inode`; as a place, its queued_writes. */
export class FuseInode extends struct('fuse_inode', {
  /** Writes that are sent and not answered; negative while none may be sent. */
  writectr: int(),
}) {
  readonly queued_writes: FuseWritepageArgs[] = [];
  readonly lock: SpinLock;
  readonly page_waitq: WaitQueue;

  constructor(k: Kernel, inode: Inode) {
    super(k, inode, 'queued_writes');
    this.lock = new SpinLock(k, this, 'fi->lock');
    this.page_waitq = new WaitQueue(k, this, 'the writes of the file');
  }
}

const inodes = new PerRun(() => new Map<Inode, FuseInode>());

/** FUSE's part of an inode. */
export function get_fuse_inode(k: Kernel, inode: Inode): FuseInode {
  const all = k.of(inodes);
  const fi = all.get(inode) ?? new FuseInode(k, inode);
  all.set(inode, fi);
  return fi;
}
