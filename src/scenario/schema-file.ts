/** The files of a scenario. */
import * as v from 'valibot';
import { LIMITS } from './limits.ts';
import { id, int, named } from './schema-values.ts';

export const FILESYSTEMS = ['xfs', 'xfs-zoned', 'ext4', 'zonefs', 'iomap', 'blkdev', 'gfs2', 'fuse'] as const;
export const EXTENT_STATES = ['mapped', 'unwritten', 'hole', 'shared', 'new', 'mapped-dirty'] as const;

/** A range of a file and what the filesystem has there. */
export const extentSchema = v.strictObject({
  offset_bytes: named(int(0, LIMITS.file_bytes), 'from', 'Where the extent begins in the file.', 'B'),
  length_bytes: named(int(1, LIMITS.file_bytes), 'length', 'How long it is.', 'B'),
  state: named(
    v.picklist(EXTENT_STATES),
    'state',
    'mapped: written blocks; unwritten: allocated only; hole: nothing; shared: also part of another file (reflink). ' +
      'For the filesystem "iomap" also new (just allocated) and mapped-dirty (its metadata is not on disk).',
  ),
});

/** Clean pages of a file that are in the page cache at the start. */
export const cachedSchema = v.strictObject({
  offset_bytes: named(int(0, LIMITS.file_bytes), 'from', 'Where the cached range begins.', 'B'),
  length_bytes: named(int(1, LIMITS.file_bytes), 'length', 'How long it is.', 'B'),
});

export const fileSchema = v.strictObject({
  id: named(id, 'file', 'Name of the file.'),
  filesystem: named(
    v.optional(v.picklist(FILESYSTEMS), 'xfs'),
    'filesystem',
    'The filesystem that holds it. "iomap" is none of Linux: it maps exactly as the extents say, without NOWAIT and locks. ' +
      '"blkdev": it is a block device itself. On that and on gfs2 only buffered I/O is modelled. ' +
      '"fuse": a daemon in user mode has the data, only buffered writes are modelled.',
  ),
  size_bytes: named(int(0, LIMITS.file_bytes), 'size', 'i_size of the file at the start.', 'B'),
  extents: named(
    v.optional(v.pipe(v.array(extentSchema), v.maxLength(256, 'has more than 256 entries')), []),
    'extents',
    'What differs from written blocks up to the size and nothing behind it; a later entry wins.',
  ),
  cached: named(
    v.optional(v.pipe(v.array(cachedSchema), v.maxLength(64, 'has more than 64 entries')), []),
    'cached pages',
    'Clean pages in the page cache at the start.',
  ),
  dirty_inode: named(
    v.optional(v.boolean(), false),
    'dirty inode',
    'Its metadata is changed in memory and not yet in the log on disk.',
  ),
  old_mtime: named(
    v.optional(v.boolean(), false),
    'old mtime',
    'The modification time is older than the current tick, so the first write must update it.',
  ),
  large_folios: named(
    v.optional(v.boolean(), true),
    'large folios',
    'The page cache keeps several pages as one where the filesystem can.',
  ),
  fail_mapping: named(
    v.optional(int(0, LIMITS.ios), 0),
    'fail mapping',
    'Injected: the number of the lookup of a mapping for writeback that fails with -EIO; 0 for none. On "fuse" a lookup of a file that is open for writing.',
  ),
  fail_write: named(
    v.optional(int(0, LIMITS.ios), 0),
    'fail write',
    'Injected, on "fuse" only: the number of the write request that the daemon answers with -EIO; 0 for none.',
  ),
  data_err: named(
    v.optional(v.picklist(['ignore', 'abort']), 'ignore'),
    'data_err',
    'Mount option of ext4, the same for all its files: what becomes of data that cannot be written. abort: the journal is aborted.',
  ),
  conventional: named(
    v.optional(v.boolean(), false),
    'conventional zone',
    'For zonefs: the file is a conventional zone, which can be written anywhere and through the page cache.',
  ),
  force_wait: named(
    v.optional(v.boolean(), false),
    'force_wait',
    'For "iomap": its writes pass IOMAP_DIO_FORCE_WAIT.',
  ),
  overlay: named(
    v.optional(v.boolean(), false),
    'on overlayfs',
    'It is opened through overlayfs, which passes the I/O down with a kiocb of its own.',
  ),
});

export type ScenarioFile = v.InferOutput<typeof fileSchema>;
