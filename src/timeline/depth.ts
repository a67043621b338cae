import { upperBound } from '../base/bisect.ts';
import { doubled, roomFor } from '../analysis/grow.ts';

/** Points a block of the next coarser level of maxima. */
const BLOCK = 16;

/** How many items a place holds, as steps over time: from point i to the next the depth is `depth[i]`. */
export class DepthSteps {
  count = 0;
  time_ns = new Float64Array(64);
  row = new Uint32Array(64);
  depth = new Uint32Array(64);
  /** Places of the points on the present axis; the times themselves on the clock. */
  places = this.time_ns;
  /** Points that have places of their own. */
  private placed = 0;
  /** Greatest depth of all. */
  max = 0;
  /** Greatest depth in each block of points. */
  private blocks = new Uint32Array(8);

  /** The depth is `depth` from now on. */
  append(time_ns: number, row: number, depth: number): void {
    if (this.count === this.row.length) this.grow();
    const i = this.count++;
    this.time_ns[i] = time_ns;
    this.row[i] = row;
    this.depth[i] = depth;
    this.max = Math.max(this.max, depth);
    const block = Math.floor(i / BLOCK);
    if (block >= this.blocks.length) this.blocks = doubled(this.blocks);
    this.blocks[block] = Math.max(this.blocks[block]!, depth);
  }

  /** Index of the point that holds at a place; -1 before the first. */
  indexAt(place: number): number {
    return upperBound(this.places, place, this.count) - 1;
  }

  at(place: number): number {
    const i = this.indexAt(place);
    return i < 0 ? 0 : this.depth[i]!;
  }

  /** Greatest depth of the points from `first` to `last`, both included. */
  maxOf(first: number, last: number): number {
    let greatest = 0;
    let i = Math.max(0, first);
    while (i <= last) {
      if (i % BLOCK === 0 && i + BLOCK - 1 <= last) {
        greatest = Math.max(greatest, this.blocks[i / BLOCK]!);
        i += BLOCK;
      } else greatest = Math.max(greatest, this.depth[i++]!);
    }
    return greatest;
  }

  /** The places are the times. */
  placeOnClock(): void {
    [this.places, this.placed] = [this.time_ns, 0];
  }

  /** As `Lane.placeAnew`. */
  placeAnew(agreed_ns: number): number {
    const { placed } = this;
    const from =
      this.time_ns[placed - 1]! <= agreed_ns ? placed : upperBound(this.time_ns, agreed_ns, placed);
    if (from === this.count) return from;
    if (this.places === this.time_ns || this.places.length < this.count)
      this.places = roomFor(this.time_ns.length, this.places, from);
    this.placed = this.count;
    return from;
  }

  private grow(): void {
    const onClock = this.places === this.time_ns;
    this.time_ns = doubled(this.time_ns);
    if (onClock) this.places = this.time_ns;
    this.row = doubled(this.row);
    this.depth = doubled(this.depth);
  }
}
