import type { Kind } from './theme.ts';

/**
 * Levels of detail of one lane. A level cuts the axis into buckets and keeps for each, in two bytes, how much of it is
 * covered, by what kind most, and whether several spans begin in it; the next level's buckets are four times as wide.
 * A pixel of a dense lane reads a few buckets instead of thousands of spans, and nothing vanishes: what touches a
 * bucket covers it by at least 1 of 255.
 */
export type Level = {
  /** Units of the axis a bucket. */
  readonly width: number;
  readonly count: number;
  /** Coverage, 0 to 255. */
  readonly cover: Uint8Array;
  /** Kind in bits 0 to 3, number of beginnings in bits 4 and 5, where 3 stands for more. */
  readonly info: Uint8Array;
};

export const levelKind = (info: number): Kind => (info & 15) as Kind;
export const levelStarts = (info: number): number => (info >> 4) & 3;

const KIND_COUNT = 9;
/** The finest level has about as many buckets as there are spans, and never fewer than this. */
const MIN_BUCKETS = 4096;

/** Spans are added in their order; where they end grows with the run, so buckets widen as needed. */
export class Mips {
  /** Spans added so far. */
  private count = 0;
  private width = 1;
  /** Finished buckets of the finest level. */
  private filled = 0;
  private cover = new Uint8Array(MIN_BUCKETS);
  private info = new Uint8Array(MIN_BUCKETS);
  /** The bucket being filled. */
  private readonly share = new Float64Array(KIND_COUNT);
  private starts = 0;
  private touched = false;
  private upper: Level[] | null = null;

  add(from: number, to: number, kind: number): void {
    while (Math.floor(Math.max(to, from) / this.width) >= this.room()) this.widen();
    this.upper = null;
    this.count++;
    this.advance(Math.floor(from / this.width));
    this.starts++;
    this.touch(from, to, kind);
    const last = Math.ceil(to / this.width) - 1;
    while (this.filled < last) {
      this.advance(this.filled + 1);
      this.touch(from, to, kind);
    }
  }

  /** The widest buckets that are no wider than `pixel`; null when even the finest are. */
  level(pixel: number): Level | null {
    if (this.width > pixel) return null;
    this.upper ??= this.build();
    let best = this.upper[0];
    for (const level of this.upper) if (level.width <= pixel) best = level;
    return best ?? null;
  }

  /** Buckets there may be now. */
  private room(): number {
    return Math.max(MIN_BUCKETS, 2 * this.count);
  }

  private touch(from: number, to: number, kind: number): void {
    const left = this.filled * this.width;
    const part = Math.min(to, left + this.width) - Math.max(from, left);
    this.share[kind] = this.share[kind]! + Math.max(part, Number.MIN_VALUE); // an empty span has a kind too
    this.touched = true;
  }

  /** Finishes buckets until `bucket` is the one being filled. */
  private advance(bucket: number): void {
    while (this.filled < bucket) this.finishBucket();
  }

  private finishBucket(): void {
    if (this.filled >= this.cover.length) this.grow();
    let total = 0;
    let kind = 0;
    for (let k = 0; k < KIND_COUNT; k++) {
      total += this.share[k]!;
      if (this.share[k]! > this.share[kind]!) kind = k;
    }
    this.cover[this.filled] = this.touched ? coverByte(total / this.width) : 0;
    this.info[this.filled] = this.touched ? packInfo(kind, this.starts) : 0;
    this.share.fill(0);
    this.starts = 0;
    this.touched = false;
    this.filled++;
  }

  private grow(): void {
    const cover = new Uint8Array(this.cover.length * 4);
    const info = new Uint8Array(cover.length);
    cover.set(this.cover);
    info.set(this.info);
    this.cover = cover;
    this.info = info;
  }

  /** Makes buckets four times as wide. The one being filled is finished early and merged with its neighbours. */
  private widen(): void {
    const startsAgain = this.filled - (this.filled % 4);
    const part = { share: this.share.slice(), starts: this.starts, touched: this.touched };
    const whole = reduce(this.finest(startsAgain));
    for (let b = startsAgain; b < this.filled; b++) this.addBucketTo(part, b);
    this.cover.fill(0);
    this.info.fill(0);
    this.cover.set(whole.cover);
    this.info.set(whole.info);
    this.filled = whole.count;
    this.width *= 4;
    this.share.set(part.share);
    this.starts = part.starts;
    this.touched = part.touched;
  }

  /** Takes a finished bucket back into one being filled. */
  private addBucketTo(part: { share: Float64Array; starts: number; touched: boolean }, b: number): void {
    if (this.cover[b] === 0) return;
    const kind: number = levelKind(this.info[b]!);
    part.share[kind] = part.share[kind]! + (this.cover[b]! / 255) * this.width;
    part.starts += levelStarts(this.info[b]!);
    part.touched = true;
  }

  private finest(count: number): Level {
    return { width: this.width, count, cover: this.cover, info: this.info };
  }

  /** All levels of what there is so far, the finest first, the bucket being filled included. */
  private build(): Level[] {
    const { share, starts, touched, filled } = this;
    const kept = share.slice();
    this.finishBucket();
    const levels = [this.finest(this.filled)];
    this.filled = filled;
    this.share.set(kept);
    this.starts = starts;
    this.touched = touched;
    for (let last = levels[0]; last !== undefined && last.count > 64; last = levels.at(-1))
      levels.push(reduce(last));
    return levels;
  }
}

const coverByte = (share: number): number => Math.min(255, Math.max(1, Math.round(share * 255)));
const packInfo = (kind: number, starts: number): number => kind | (Math.min(starts, 3) << 4);

/** The next coarser level: four buckets become one, of the kind that covers most of it. */
function reduce(fine: Level): Level {
  const count = Math.ceil(fine.count / 4);
  const cover = new Uint8Array(count);
  const info = new Uint8Array(count);
  const share = new Uint16Array(KIND_COUNT);
  for (let b = 0; b < count; b++) {
    let total = 0;
    let starts = 0;
    let kind = 0;
    share.fill(0);
    for (let i = b * 4; i < Math.min(b * 4 + 4, fine.count); i++) {
      if (fine.cover[i] === 0) continue;
      const k: number = levelKind(fine.info[i]!);
      share[k] = share[k]! + fine.cover[i]!;
      total += fine.cover[i]!;
      starts += levelStarts(fine.info[i]!);
      if (share[k] > share[kind]!) kind = k;
    }
    if (total === 0) continue;
    cover[b] = coverByte(total / 4 / 255);
    info[b] = packInfo(kind, starts);
  }
  return { width: fine.width * 4, count, cover, info };
}
