/** What ext4 keeps with an inode and a superblock. Source: fs/ext4/ext4.h (v6.12 to v7.3). */
import { RwSemaphore, SpinLock, WaitQueue } from '../../../engine/locks.ts';
import { int, struct } from '../../../engine/struct.ts';
import type { Inode, SuperBlock } from '../../include/linux/fs.ts';
import { alloc_workqueue, WQ_MEM_RECLAIM, WQ_UNBOUND } from '../../include/linux/workqueue.ts';
import { EIO, EROFS } from '../../include/uapi/asm-generic/errno.ts';
import { type Kernel, PerRun } from '../../kernel.ts';

/** The largest extent that writeback allocates at once, in blocks. Source: fs/ext4/inode.c. */
export const MAX_WRITEPAGES_EXTENT_LEN = 2048;

/** s_rsv_conversion_wq: finishes what the end of a bio could not. One item at a time, of whichever inode. */
export const rsv_conversion_wq = alloc_workqueue('ext4-rsv-conversion', WQ_MEM_RECLAIM | WQ_UNBOUND, 1);

/** `struct ext4_inode_info`, without what every `Inode` here has. */
export class Ext4InodeInfo extends struct('ext4_inode_info', {
  /** Blocks that are reserved and not chosen yet: as many as there is delayed allocation. */
  i_reserved_data_blocks: int('blocks'),
  /** v4 of the iomap series: the block whose tail was zeroed because the file grew, until the zeros are on disk. */
  i_ordered_lblk: int('blocks'),
  /** 0 while there is none. */
  i_ordered_len: int('blocks'),
}) {
  /** Held for reading to look a block up on disk, for writing to change where blocks are. */
  readonly i_data_sem: RwSemaphore;
  /** Guards the lists of what the workers have to finish. */
  readonly i_completed_io_lock: SpinLock;
  /** Who waits until i_ordered_len is 0. */
  readonly ordered_wait: WaitQueue;

  constructor(k: Kernel, inode: Inode) {
    const { label } = inode.i_mapping;
    super(k, inode, label);
    this.i_data_sem = new RwSemaphore(k, this, `i_data_sem ${label}`);
    this.i_completed_io_lock = new SpinLock(k, this, `i_completed_io_lock ${label}`);
    this.ordered_wait = new WaitQueue(k, this, `ordered zeros ${label}`);
  }
}

const infos = new PerRun(() => new Map<Inode, Ext4InodeInfo>());

/** `EXT4_I()`. */
export function EXT4_I(k: Kernel, inode: Inode): Ext4InodeInfo {
  const known = k.of(infos).get(inode);
  if (known !== undefined) return known;
  const made = new Ext4InodeInfo(k, inode);
  k.of(infos).set(inode, made);
  return made;
}

/** `ext4_emergency_state()`: why nothing of the filesystem may be changed any more, as a negative errno, or 0. */
export const ext4_emergency_state = ({ shutdown, emergency_ro }: SuperBlock): number =>
  shutdown ? EIO : emergency_ro ? EROFS : 0;

/** Number of a block in the file. */
export const blockOf = (inode: Inode, pos: number): number => Math.floor(pos / inode.i_sb.s_blocksize);
