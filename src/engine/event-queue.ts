/**
 * What will happen, ordered by (time, sequence number): equal times leave in the order in which they were pushed. A
 * binary heap over typed arrays; pushing and popping allocate nothing. The popped entry is in the fields.
 */
export class EventQueue {
  /** Entry last popped. */
  time_ns = 0;
  code = 0;
  a = 0;

  size = 0;

  private capacity = 1024;
  // The heap: order, and in which slot the rest of an entry is, so that moving an entry moves little.
  private times = new Float64Array(this.capacity);
  private sequences = new Float64Array(this.capacity);
  private slots = new Uint32Array(this.capacity);
  // By slot. Slots that are free are those in the heap's array behind its last entry.
  private codes = new Uint8Array(this.capacity);
  private as = new Uint32Array(this.capacity);
  private nextSequence = 0;

  constructor() {
    this.numberSlots(0);
  }

  push(time_ns: number, code: number, a: number): void {
    if (this.size === this.capacity) this.grow();
    const { times, sequences, slots } = this;
    let i = this.size++;
    const slot = slots[i]!;
    while (i > 0) {
      const parent = (i - 1) >>> 1;
      const parentTime = times[parent]!;
      if (parentTime <= time_ns) break; // a later push has the larger sequence, so equal times stay below
      times[i] = parentTime;
      sequences[i] = sequences[parent]!;
      slots[i] = slots[parent]!;
      i = parent;
    }
    times[i] = time_ns;
    sequences[i] = this.nextSequence++;
    slots[i] = slot;
    this.codes[slot] = code;
    this.as[slot] = a;
  }

  /** Takes the next sequence number, for what is ordered with the entries elsewhere. */
  takeSequence(): number {
    return this.nextSequence++;
  }

  /** Time of the next entry, Infinity when there is none. */
  peekTime(): number {
    return this.size === 0 ? Infinity : this.times[0]!;
  }

  /** Sequence number of the next entry, if there is one. */
  peekSequence(): number {
    return this.sequences[0]!;
  }

  /** Takes the next entry into the fields; false when there is none. */
  pop(): boolean {
    if (this.size === 0) return false;
    const slot = this.slots[0]!;
    this.time_ns = this.times[0]!;
    this.code = this.codes[slot]!;
    this.a = this.as[slot]!;
    this.siftDown(--this.size);
    this.slots[this.size] = slot;
    return true;
  }

  /** Puts the entry at index `last`, behind the others, where the root was. */
  private siftDown(last: number): void {
    const { times, sequences, slots } = this;
    const time = times[last]!;
    const sequence = sequences[last]!;
    const slot = slots[last]!;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= last) break;
      let childTime = times[child]!;
      if (child + 1 < last) {
        const rightTime = times[child + 1]!;
        if (rightTime < childTime || (rightTime === childTime && sequences[child + 1]! < sequences[child]!)) {
          child++;
          childTime = rightTime;
        }
      }
      if (time < childTime || (time === childTime && sequence < sequences[child]!)) break;
      times[hole] = childTime;
      sequences[hole] = sequences[child]!;
      slots[hole] = slots[child]!;
      hole = child;
    }
    times[hole] = time;
    sequences[hole] = sequence;
    slots[hole] = slot;
  }

  private numberSlots(from: number): void {
    for (let i = from; i < this.capacity; i++) this.slots[i] = i;
  }

  private grow(): void {
    const wider = <T extends Float64Array | Uint32Array | Uint8Array>(old: T, now: T): T => {
      now.set(old);
      return now;
    };
    const full = this.capacity;
    this.capacity *= 2;
    this.times = wider(this.times, new Float64Array(this.capacity));
    this.sequences = wider(this.sequences, new Float64Array(this.capacity));
    this.slots = wider(this.slots, new Uint32Array(this.capacity));
    this.codes = wider(this.codes, new Uint8Array(this.capacity));
    this.as = wider(this.as, new Uint32Array(this.capacity));
    this.numberSlots(full);
  }
}
