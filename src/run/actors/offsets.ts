import type { Prng } from '../../base/prng.ts';

/** What one I/O is to be. */
export type PlannedIo = {
  readonly write: boolean;
  readonly off: number;
  readonly len: number;
  /** Bits of `ki_flags` that this I/O alone gets, as RWF_ flags give them. */
  readonly rw_flags: number;
};

/** The part of a job that decides on its I/Os; sizes in bytes. */
export type Pattern = {
  readonly rw: 'read' | 'write' | 'randread' | 'randwrite' | 'rw' | 'randrw';
  readonly rwmixread: number;
  readonly bs_read: readonly { readonly bytes: number; readonly weight: number }[];
  readonly bs_write: readonly { readonly bytes: number; readonly weight: number }[];
  readonly norandommap: boolean;
};

/**
 * The I/Os of a fio job, one after the other. Sequential jobs go through their region and start over; random jobs visit
 * every block once before any repeats, unless `norandommap`.
 */
export class IoPlan {
  private next_off = 0;
  private readonly visited: RandomMap | null;
  private readonly smallest: number;
  private readonly pattern: Pattern;
  private readonly start: number;
  private readonly region: number;
  private readonly prng: Prng;

  constructor(pattern: Pattern, start: number, region: number, prng: Prng) {
    this.pattern = pattern;
    this.start = start;
    this.region = region;
    this.prng = prng;
    this.smallest = Math.min(...[...pattern.bs_read, ...pattern.bs_write].map((b) => b.bytes));
    const blocks = Math.max(1, Math.floor(region / this.smallest));
    this.visited = pattern.rw.startsWith('rand') && !pattern.norandommap ? new RandomMap(blocks, prng) : null;
  }

  next(): Omit<PlannedIo, 'rw_flags'> {
    const write = this.chooseWrite();
    const len = this.chooseSize(write ? this.pattern.bs_write : this.pattern.bs_read);
    return { write, off: this.start + this.chooseOffset(len), len };
  }

  private chooseWrite(): boolean {
    const { rw, rwmixread } = this.pattern;
    if (rw === 'rw' || rw === 'randrw') return this.prng.below(100) >= rwmixread;
    return rw === 'write' || rw === 'randwrite';
  }

  private chooseSize(sizes: Pattern['bs_read']): number {
    if (sizes.length === 1) return sizes[0]!.bytes;
    let left = this.prng.below(sizes.reduce((sum, b) => sum + b.weight, 0));
    for (const { bytes, weight } of sizes) {
      if (left < weight) return bytes;
      left -= weight;
    }
    return sizes[sizes.length - 1]!.bytes;
  }

  private chooseOffset(len: number): number {
    if (!this.pattern.rw.startsWith('rand')) {
      if (this.next_off + len > this.region) this.next_off = 0;
      const off = this.next_off;
      this.next_off += len;
      return off;
    }
    const blocks = Math.max(1, Math.floor(this.region / this.smallest));
    const block = this.visited?.next() ?? this.prng.below(Math.min(blocks, 4294967296));
    return Math.min(block * this.smallest, Math.floor((this.region - len) / 512) * 512);
  }
}

/** Draws 0 to count-1, each once before any repeats: a shuffle that stores only what it has swapped. */
class RandomMap {
  private readonly swapped = new Map<number, number>();
  private left: number;
  private readonly count: number;
  private readonly prng: Prng;

  constructor(count: number, prng: Prng) {
    this.count = Math.min(count, 4294967296);
    this.left = this.count;
    this.prng = prng;
  }

  next(): number {
    if (this.left === 0) {
      this.swapped.clear();
      this.left = this.count;
    }
    const at = this.prng.below(this.left);
    const last = --this.left;
    const drawn = this.swapped.get(at) ?? at;
    this.swapped.set(at, this.swapped.get(last) ?? last);
    return drawn;
  }
}
