/** Which operations the page cache of an ext4 file has. Source: fs/ext4/inode.c, ext4_set_aops (v6.12; 16bff8a9804b). */
import type { AddressSpaceOperations } from '../../include/linux/pagemap.ts';
import type { Kernel } from '../../kernel.ts';
import { ext4_inode_buffered_iomap, ext4_iomap_aops } from './inode-iomap.ts';
import { ext4_da_aops } from './inode-writepages.ts';

/** Orders of folios up to 2 MiB. */
const MAX_ORDER = 9;

/** `ext4_set_aops()`. */
export function ext4_set_aops(k: Kernel): AddressSpaceOperations {
  const a_ops = ext4_inode_buffered_iomap(k) ? ext4_iomap_aops : ext4_da_aops;
  return { ...a_ops, max_order: k.switches.EXT4_LARGE_FOLIOS ? MAX_ORDER : 0 };
}
