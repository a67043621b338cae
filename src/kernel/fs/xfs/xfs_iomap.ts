/** How XFS maps a range of a file. Every file of the model is one written extent. Source: fs/xfs/xfs_iomap.c. */
import type { Kiocb } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { Iomap, IomapOps } from '../iomap/iomap.ts';

export function* xfs_direct_write_iomap_begin(
  _k: Kernel,
  iocb: Kiocb,
  pos: number,
  length: number,
): KernelFn<Iomap> {
  return mapped(iocb, pos, length);
}

export function* xfs_read_iomap_begin(_k: Kernel, iocb: Kiocb, pos: number, length: number): KernelFn<Iomap> {
  return mapped(iocb, pos, length);
}

function mapped(iocb: Kiocb, pos: number, length: number): Iomap {
  return { type: 'IOMAP_MAPPED', addr: iocb.ki_filp.inode.start_bytes + pos, offset: pos, length };
}

export const xfs_direct_write_iomap_ops: IomapOps = { iomap_begin: xfs_direct_write_iomap_begin };
export const xfs_read_iomap_ops: IomapOps = { iomap_begin: xfs_read_iomap_begin };
