/**
 * Where a file's blocks are: what filesystems keep in extent trees, reduced to a list. Simplified: no limits, no
 * fragmentation of its own accord; a block of the file has one place on the device, and one more for copy-on-write.
 */

/** No file is longer, in bytes. */
export const MAX_FILE_BYTES = 2 ** 44;

/** What the filesystem has at a place of a file. `delalloc`: space is reserved, blocks are not chosen yet. `new` and
 *  `mapped-dirty` are states only of the filesystem `iomap`. */
export type ExtentState = 'mapped' | 'unwritten' | 'hole' | 'shared' | 'delalloc' | 'new' | 'mapped-dirty';

/** A piece of a file in one state; bytes. */
export type Extent = { readonly offset: number; readonly length: number; readonly state: ExtentState };

export class ExtentMap {
  /** Sorted, without gaps from 0 on; behind the last there is a hole. */
  private extents: Extent[];
  /** Grows with every change, so that a mapping that was looked up before can be told from the present one. */
  seq = 0;
  /** Where the file begins on the device, and where its copies on write go. */
  private readonly start: number;
  private readonly cowStart: number;
  /** The filesystem knows of whole blocks only; bytes. */
  private readonly block: number;
  /** Injected: the number of the lookup for writeback that fails, counted down; 0 for none. */
  failsAt = 0;

  /** `allocated` bytes of written blocks, then `differing` pieces in their order. */
  constructor(start: number, cowStart: number, allocated: number, differing: readonly Extent[], block = 1) {
    this.start = start;
    this.cowStart = cowStart;
    this.block = block;
    this.extents = allocated > 0 ? [{ offset: 0, length: allocated, state: 'mapped' }] : [];
    for (const extent of differing) this.put(extent);
  }

  /** A lookup for writeback: does it fail, as the scenario wants? */
  lookupFails(): boolean {
    return this.failsAt > 0 && --this.failsAt === 0;
  }

  /** The piece that holds `pos`, cut to begin there and to be at most `length` long. */
  at(pos: number, length: number): Extent {
    const found = this.extents.find((e) => pos >= e.offset && pos < e.offset + e.length);
    if (found === undefined) {
      const next = this.extents.find((e) => e.offset > pos);
      return {
        offset: pos,
        length: next === undefined ? length : Math.min(length, next.offset - pos),
        state: 'hole',
      };
    }
    return { offset: pos, length: Math.min(length, found.offset + found.length - pos), state: found.state };
  }

  /** All pieces of a range. */
  in(pos: number, length: number): readonly Extent[] {
    const pieces: Extent[] = [];
    for (let at = pos; at < pos + length;) {
      const piece = this.at(at, pos + length - at);
      pieces.push(piece);
      at += piece.length;
    }
    return pieces;
  }

  /** Byte address on the device; `cow` for the copy that a write to a shared piece makes. */
  address(pos: number, cow: boolean): number {
    return (cow ? this.cowStart : this.start) + pos;
  }

  /** Gives a range a state, whatever it was: all blocks of which something is in the range, but a hole only those that are all in it. */
  put(extent: Extent): void {
    this.seq++;
    const { offset, length, state } = this.wholeBlocks(extent);
    if (length <= 0) return;
    const end = offset + length;
    const kept = this.extents.flatMap((e): Extent[] => {
      const before = Math.min(e.offset + e.length, offset) - e.offset;
      const after = e.offset + e.length - Math.max(e.offset, end);
      return [
        ...(before > 0 ? [{ offset: e.offset, length: before, state: e.state }] : []),
        ...(after > 0 ? [{ offset: e.offset + e.length - after, length: after, state: e.state }] : []),
      ];
    });
    const all = [...kept, { offset, length, state }].sort((a, b) => a.offset - b.offset);
    this.extents = all.reduce<Extent[]>((merged, e) => {
      const last = merged[merged.length - 1];
      if (last?.state === e.state && last.offset + last.length === e.offset)
        merged[merged.length - 1] = { ...last, length: last.length + e.length };
      else merged.push(e);
      return merged;
    }, []);
  }

  private wholeBlocks({ offset, length, state }: Extent): Extent {
    const { block } = this;
    const [down, up] = [
      (n: number): number => Math.floor(n / block) * block,
      (n: number): number => Math.ceil(n / block) * block,
    ];
    const from = state === 'hole' ? up(offset) : down(offset);
    const past = state === 'hole' ? down(offset + length) : up(offset + length);
    return { offset: from, length: past - from, state };
  }
}
