/** The files of a scenario, as they are on disk and in memory when it starts. */
import { def_blk_aops, def_blk_fops } from '../kernel/block/fops.ts';
import { ext4_set_aops } from '../kernel/fs/ext4/inode-aops.ts';
import { ext4_file_operations } from '../kernel/fs/ext4/file.ts';
import { ExtentMap } from '../kernel/fs/extents.ts';
import { fuse_file_aops, fuse_file_operations, fuse_init_file_inode } from '../kernel/fs/fuse/file.ts';
import { gfs2_aops } from '../kernel/fs/gfs2/aops.ts';
import { gfs2_file_fops } from '../kernel/fs/gfs2/file.ts';
import { iomapfs_address_space_operations, iomapfs_file_operations } from '../kernel/fs/iomapfs.ts';
import { ovl_file_operations } from '../kernel/fs/overlayfs/file.ts';
import { xfs_address_space_operations } from '../kernel/fs/xfs/xfs_aops-writepages.ts';
import { xfs_file_operations } from '../kernel/fs/xfs/xfs_file.ts';
import { zonefs_file_aops } from '../kernel/fs/zonefs/file-buffered.ts';
import { setConventional } from '../kernel/fs/zonefs/file.ts';
import { zonefs_file_operations } from '../kernel/fs/zonefs/file-ops.ts';
import {
  type File,
  file_ra_state_init,
  type FileOperations,
  I_DIRTY_DATASYNC,
  I_DIRTY_SYNC,
  Inode,
  SuperBlock,
} from '../kernel/include/linux/fs.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type AddressSpaceOperations, errseq_sample, PAGE_SIZE } from '../kernel/include/linux/pagemap.ts';
import type { ScenarioFile } from '../scenario/schema-file.ts';

/** Where blocks for copies on write begin, behind all files. */
const COW_BYTES = 2 ** 50;

/** The files by their ids; they lie one after the other on the device, each on a filesystem of its own kind. */
export function makeFiles(k: Kernel, files: readonly ScenarioFile[]): Map<string, File> {
  const mounted = new Map<string, SuperBlock>();
  let start = 0;
  return new Map(
    files.map((file): [string, File] => {
      const sb = mounted.get(file.filesystem) ?? new SuperBlock(k, null, file.filesystem);
      mounted.set(file.filesystem, sb);
      sb.zoned = file.filesystem === 'xfs-zoned';
      sb.data_err_abort = file.data_err === 'abort';
      const inode = makeInode(k, sb, file, start);
      start += Math.ceil(lastByte(file) / PAGE_SIZE) * PAGE_SIZE;
      const real: File = {
        inode,
        f_op: operations(file),
        f_iocb_flags: 0,
        nowait: !WAIT_ALWAYS.includes(file.filesystem),
        f_wb_err: 0,
        f_ra: file_ra_state_init(),
      };
      return [file.id, file.overlay ? overlay(k, real, file.id) : real];
    }),
  );
}

/** Filesystems without FMODE_NOWAIT. Recordings 30u and 33e; fs/fuse/file.c. */
const WAIT_ALWAYS: readonly ScenarioFile['filesystem'][] = ['zonefs', 'gfs2', 'fuse'];

function operations(file: ScenarioFile): FileOperations {
  switch (file.filesystem) {
    case 'iomap':
      return iomapfs_file_operations(file.force_wait);
    case 'xfs':
    case 'xfs-zoned':
      return xfs_file_operations;
    case 'ext4':
      return ext4_file_operations;
    case 'zonefs':
      return zonefs_file_operations;
    case 'blkdev':
      return def_blk_fops;
    case 'gfs2':
      return gfs2_file_fops;
    case 'fuse':
      return fuse_file_operations;
  }
}

/** What keeps the pages of the file. */
function addressSpace(k: Kernel, file: ScenarioFile): AddressSpaceOperations {
  const a_ops = PAGE_CACHES[file.filesystem](k, file);
  return { ...a_ops, max_order: file.large_folios ? a_ops.max_order : 0 };
}

const PAGE_CACHES: Readonly<
  Record<ScenarioFile['filesystem'], (k: Kernel, file: ScenarioFile) => AddressSpaceOperations>
> = {
  iomap: () => iomapfs_address_space_operations,
  xfs: () => xfs_address_space_operations,
  'xfs-zoned': () => xfs_address_space_operations,
  ext4: ext4_set_aops,
  zonefs: (_k, { conventional }) => zonefs_file_aops(conventional),
  blkdev: def_blk_aops,
  gfs2: () => gfs2_aops,
  fuse: () => fuse_file_aops,
};

/** A file that was opened before: it has not been told of errors that nobody has seen. */
export const openAgain = (file: File): File => ({
  ...file,
  f_wb_err: errseq_sample(file.inode.i_mapping.wb_err),
  f_sb_err: errseq_sample(file.inode.i_sb.s_wb_err),
  f_ra: file_ra_state_init(),
});

function makeInode(k: Kernel, sb: SuperBlock, file: ScenarioFile, start: number): Inode {
  const differing = file.extents.map((e) => ({
    offset: e.offset_bytes,
    length: e.length_bytes,
    state: e.state,
  }));
  const allocated = Math.ceil(file.size_bytes / PAGE_SIZE) * PAGE_SIZE;
  const block = file.filesystem === 'iomap' ? 1 : sb.s_blocksize; // it maps exactly as the scenario says
  const extents = new ExtentMap(start, COW_BYTES + start, allocated, differing, block);
  const inode = new Inode(k, sb, file.id, extents);
  inode.i_size = file.size_bytes;
  inode.i_disksize = file.size_bytes;
  inode.i_mapping.a_ops = addressSpace(k, file);
  if (file.filesystem === 'fuse') fuse_init_file_inode(inode);
  inode.extents.failsAt = file.fail_mapping;
  if (file.filesystem === 'zonefs' && file.conventional) setConventional(k, inode);
  if (file.old_mtime) inode.i_mtime = -1;
  if (file.dirty_inode) inode.i_state = I_DIRTY_SYNC | I_DIRTY_DATASYNC;
  for (const { offset_bytes, length_bytes } of file.cached)
    inode.i_mapping.untouched.add(
      Math.floor(offset_bytes / PAGE_SIZE),
      Math.ceil((offset_bytes + length_bytes) / PAGE_SIZE),
    );
  if (file.cached.length > 0) inode.nrpages = inode.i_mapping.nrpages;
  return inode;
}

/** The end of what the file has on the device. */
const lastByte = (file: ScenarioFile): number =>
  Math.max(file.size_bytes, ...file.extents.map((e) => e.offset_bytes + e.length_bytes));

/** The file as overlayfs shows it: an inode of its own over the real file. */
function overlay(k: Kernel, real: File, id: string): File {
  const sb = new SuperBlock(k, null, 'overlay');
  const inode = new Inode(k, sb, `${id} (overlay)`, new ExtentMap(0, 0, 0, []));
  inode.i_size = real.inode.i_size;
  return { inode, f_op: ovl_file_operations(real), f_iocb_flags: 0, nowait: true, f_wb_err: 0 };
}
