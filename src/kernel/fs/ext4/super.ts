/** An ext4 filesystem as a whole. Source: fs/ext4/super.c (v6.12). */
import type { File } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import { ext4_emergency_state } from './ext4.ts';
import { ext4_fsync_journal } from './fsync.ts';

/** Makes the metadata durable, once the data is written. Simplified: that of one file, whose conversions have ended. Returns 0
 *  or a negative errno. May sleep. */
export function* ext4_sync_fs(k: Kernel, { inode }: File): KernelFn<number> {
  const emergency = ext4_emergency_state(inode.i_sb);
  return emergency === 0 ? yield* k.inlined(ext4_fsync_journal, inode, false) : emergency;
}
