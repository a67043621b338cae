/** Where the blocks of an ext4 file are, and choosing them. Source: fs/ext4/inode.c (v6.12 to v7.3; 16bff8a9804b). */
import { rule } from '../../../engine/rule.ts';
import { has, type Inode } from '../../include/linux/fs.ts';
import type { Kernel, KernelFn } from '../../kernel.ts';
import type { ExtentState } from '../extents.ts';
import { markDirty } from '../inode.ts';
import { EXT4_I } from './ext4.ts';
import { __ext4_journal_start_sb, __ext4_journal_stop } from './ext4_jbd2.ts';
import { ext4_es_insert_extent, ext4_es_lookup_extent } from './extents_status.ts';

const FILE = 'fs/ext4/inode.c';

/** Bits of the flags of `ext4_map_blocks()`. Source: fs/ext4/ext4.h. */
export const EXT4_GET_BLOCKS_CREATE = 1 << 0;

/** `struct ext4_map_blocks`: a range of a file, in bytes, and what is there. */
export type Ext4MapBlocks = {
  m_pos: number;
  m_len: number;
  m_state: ExtentState;
  /** i_es_seq when it was looked up. */
  m_seq: number;
};

export const mustCreate = rule({
  id: 'ext4-map-creates',
  asks: 'Has the range no written blocks, so that the caller, who wants to write, needs i_data_sem?',
  test: 'flags & EXT4_GET_BLOCKS_CREATE && !(map->m_flags & EXT4_MAP_MAPPED)',
  inputs: ['pos', 'length', 'create'],
  source: { kind: 'code', file: FILE, note: 'ext4_map_blocks' },
});

export const withinReservation = rule({
  id: 'ext4-blocks-were-reserved',
  asks: 'Was space reserved for all blocks that are allocated now?',
  test: 'blocks allocated <= delayed blocks of the range  /* an invariant, not a condition of the kernel */',
  inputs: ['blocks allocated', 'reservations used'],
  source: {
    kind: 'doc',
    name: 'ext4-iomap.md section 4',
    note: 'the invariant that the truncate race breaks',
  },
});

export const stillThere = rule({
  id: 'ext4-mapping-changed',
  asks: 'Did the extents change between the look-up and i_data_sem, so that the look-up is not to be trusted?',
  test: 'map->m_seq != READ_ONCE(EXT4_I(inode)->i_es_seq)  /* a plan; v2 and v4 look up again without asking */',
  inputs: ['m_seq', 'i_es_seq', 'EXT4_MAP_RECHECK'],
  source: { kind: 'mail', id: 'Zhang Yi, 30 June 2026', note: 'ext4-iomap.md section 5' },
  tag: 'mail',
});

/** Looks a range up, and with EXT4_GET_BLOCKS_CREATE allocates what was only reserved. The map tells what is there, and how much of the range.
 *  Returns 0 or a negative errno. With CREATE within a transaction. */
export function* ext4_map_blocks(
  k: Kernel,
  inode: Inode,
  map: Ext4MapBlocks,
  flags: number,
): KernelFn<number> {
  yield* k.inlined(lookUp, inode, map);
  const creates = has(flags, EXT4_GET_BLOCKS_CREATE);
  if (!k.decide(mustCreate, creates && map.m_state !== 'mapped', map.m_pos, map.m_len, creates)) return 0;
  const { i_data_sem } = EXT4_I(k, inode);
  yield* k.down(i_data_sem, true);
  yield* k.call(ext4_map_create_blocks, inode, map);
  k.up(i_data_sem, true);
  return 0;
}

/** What is at the beginning of the range now, and how far it goes. */
export function* lookUp(k: Kernel, inode: Inode, map: Ext4MapBlocks): KernelFn {
  const { es, m_seq } = yield* k.call(ext4_es_lookup_extent, inode, map.m_pos, map.m_len);
  Object.assign(map, { m_len: es.length, m_state: es.state, m_seq });
}

/** Chooses blocks for a range, which count as unwritten until the data is on them. The caller holds i_data_sem. */
export function* ext4_map_create_blocks(k: Kernel, inode: Inode, map: Ext4MapBlocks): KernelFn {
  yield k.spend(k.costs['fs.alloc']);
  const delayed = map.m_state === 'delalloc';
  map.m_state = 'unwritten';
  const { m_pos, m_len } = map;
  const used = yield* k.call(ext4_es_insert_extent, inode, {
    offset: m_pos,
    length: m_len,
    state: 'unwritten',
  });
  const blocks = m_len / inode.i_sb.s_blocksize;
  if (delayed && !k.decide(withinReservation, used >= blocks, blocks, used)) k.hazard('stale-blocks', inode);
  map.m_seq = inode.extents.seq;
  markDirty(inode);
}

/**
 * Chooses blocks for a range for which space was only reserved when it was looked up. Until i_data_sem is held a truncate may have
 * changed that: the folio that is locked is only one of the range. The series looks up again; the plan is to have
 * ext4_map_blocks() compare i_es_seq. Returns 0, 1 if the caller has to look up again, or a negative errno. Task context.
 */
export function* ext4_iomap_map_one_extent(k: Kernel, inode: Inode, map: Ext4MapBlocks): KernelFn<number> {
  const { i_data_sem } = EXT4_I(k, inode);
  const error = yield* k.call(__ext4_journal_start_sb, inode.i_sb);
  if (error !== 0) return error;
  yield* k.down(i_data_sem, true);
  const { EXT4_MAP_RECHECK } = k.switches;
  const { seq } = inode.extents;
  const changed = k.decide(stillThere, map.m_seq !== seq, map.m_seq, seq, EXT4_MAP_RECHECK !== 'none');
  const retry = changed && EXT4_MAP_RECHECK === 'sequence check';
  if (EXT4_MAP_RECHECK === 'look-up repeated') yield* k.inlined(lookUp, inode, map);
  if (!retry && map.m_state === 'delalloc') yield* k.call(ext4_map_create_blocks, inode, map);
  k.up(i_data_sem, true);
  yield* k.call(__ext4_journal_stop, inode.i_sb);
  return retry ? 1 : 0;
}
