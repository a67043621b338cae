/** A set of non-negative whole numbers, kept as sorted ranges that neither touch nor overlap. */
export class RangeSet {
  private ranges: { readonly from: number; readonly to: number }[] = [];

  /** How many numbers are in it. */
  get size(): number {
    return this.ranges.reduce((sum, r) => sum + r.to - r.from, 0);
  }

  /** Adds `from` up to but without `to`. */
  add(from: number, to: number): void {
    if (from >= to) return;
    const apart = this.ranges.filter((r) => r.to < from || r.from > to);
    const touching = this.ranges.filter((r) => r.to >= from && r.from <= to);
    const merged = {
      from: Math.min(from, ...touching.map((r) => r.from)),
      to: Math.max(to, ...touching.map((r) => r.to)),
    };
    this.ranges = [...apart, merged].sort((a, b) => a.from - b.from);
  }

  /** Removes `from` up to but without `to`; how many were there. */
  remove(from: number, to: number): number {
    const before = this.size;
    this.ranges = this.ranges.flatMap((r) => [
      ...(r.from < Math.min(r.to, from) ? [{ from: r.from, to: Math.min(r.to, from) }] : []),
      ...(Math.max(r.from, to) < r.to ? [{ from: Math.max(r.from, to), to: r.to }] : []),
    ]);
    return before - this.size;
  }

  /** Whether any number of the range is in it. */
  overlaps(from: number, to: number): boolean {
    return from < to && this.ranges.some((r) => r.from < to && r.to > from);
  }
}
