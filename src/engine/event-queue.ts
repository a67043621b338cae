/**
 * What will happen, ordered by (time, sequence number): equal times leave in the order in which they were pushed. A
 * binary heap over typed arrays; pushing and popping allocate nothing. The popped entry is in the fields.
 */
export class EventQueue {
  /** Entry last popped. */
  time_ns = 0;
  code = 0;
  a = 0;
  b = 0;

  size = 0;

  private capacity = 1024;
  private times = new Float64Array(this.capacity);
  private sequences = new Float64Array(this.capacity);
  private codes = new Uint8Array(this.capacity);
  private as = new Uint32Array(this.capacity);
  private bs = new Uint32Array(this.capacity);
  private nextSequence = 0;

  push(time_ns: number, code: number, a: number, b: number): void {
    if (this.size === this.capacity) this.grow();
    const sequence = this.nextSequence++;
    let i = this.size++;
    const { times } = this;
    while (i > 0) {
      const parent = (i - 1) >>> 1;
      if (times[parent]! <= time_ns) break; // a later push has the larger sequence, so equal times stay below
      this.move(parent, i);
      i = parent;
    }
    times[i] = time_ns;
    this.sequences[i] = sequence;
    this.codes[i] = code;
    this.as[i] = a;
    this.bs[i] = b;
  }

  /** Time of the next entry, Infinity when there is none. */
  peekTime(): number {
    return this.size === 0 ? Infinity : this.times[0]!;
  }

  /** Takes the next entry into the fields; false when there is none. */
  pop(): boolean {
    if (this.size === 0) return false;
    this.time_ns = this.times[0]!;
    this.code = this.codes[0]!;
    this.a = this.as[0]!;
    this.b = this.bs[0]!;
    const last = --this.size;
    if (last > 0) this.siftDown(last);
    return true;
  }

  /** Puts the entry at index `last` where the root was. */
  private siftDown(last: number): void {
    const time = this.times[last]!;
    const sequence = this.sequences[last]!;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= last) break;
      if (child + 1 < last && this.before(child + 1, child)) child++;
      const childTime = this.times[child]!;
      if (time < childTime || (time === childTime && sequence < this.sequences[child]!)) break;
      this.move(child, hole);
      hole = child;
    }
    this.move(last, hole);
  }

  private before(i: number, j: number): boolean {
    const ti = this.times[i]!;
    const tj = this.times[j]!;
    return ti < tj || (ti === tj && this.sequences[i]! < this.sequences[j]!);
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from]!;
    this.sequences[to] = this.sequences[from]!;
    this.codes[to] = this.codes[from]!;
    this.as[to] = this.as[from]!;
    this.bs[to] = this.bs[from]!;
  }

  private grow(): void {
    this.capacity *= 2;
    const wider = <T extends Float64Array | Uint32Array | Uint8Array>(old: T, now: T): T => {
      now.set(old);
      return now;
    };
    this.times = wider(this.times, new Float64Array(this.capacity));
    this.sequences = wider(this.sequences, new Float64Array(this.capacity));
    this.codes = wider(this.codes, new Uint8Array(this.capacity));
    this.as = wider(this.as, new Uint32Array(this.capacity));
    this.bs = wider(this.bs, new Uint32Array(this.capacity));
  }
}
