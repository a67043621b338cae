/** Something that goes on at some time: a CPU. The fields are those of `Appointments`. */
export type Appointed = {
  /** When; Infinity without an appointment. */
  due_ns: number;
  /** Which of several at that time is first. */
  dueSequence: number;
  /** Index in the heap; -1 without an appointment. */
  heapIndex: number;
};

/**
 * Who goes on when, at most one appointment each, the next first: by time, then by sequence number. A CPU that is
 * interrupted changes or cancels its appointment, so nothing stale is ever in line. A binary heap.
 */
export class Appointments<T extends Appointed> {
  private readonly heap: T[] = [];

  /** Who is next; null when nobody is. */
  get first(): T | null {
    return this.heap[0] ?? null;
  }

  /** Makes an appointment, instead of the one there was. */
  set(item: T, due_ns: number, sequence: number): void {
    item.due_ns = due_ns;
    item.dueSequence = sequence;
    if (item.heapIndex < 0) {
      item.heapIndex = this.heap.length;
      this.heap.push(item);
    }
    this.settle(item);
  }

  /** Takes the appointment away, if there is one. */
  cancel(item: T): void {
    const at = item.heapIndex;
    if (at < 0) return;
    item.heapIndex = -1;
    item.due_ns = Infinity;
    const last = this.heap.pop();
    if (last === undefined || last === item) return;
    this.put(last, at);
    this.settle(last);
  }

  /** Moves an item up or down to where it belongs. */
  private settle(item: T): void {
    const { heap } = this;
    let at = item.heapIndex;
    while (at > 0) {
      const parent = heap[(at - 1) >>> 1]!;
      if (!before(item, parent)) break;
      this.put(parent, at);
      at = (at - 1) >>> 1;
    }
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (before(item, heap[child]!)) break;
      this.put(heap[child]!, at);
      at = child;
    }
    this.put(item, at);
  }

  private put(item: T, at: number): void {
    this.heap[at] = item;
    item.heapIndex = at;
  }
}

function before(a: Appointed, b: Appointed): boolean {
  return a.due_ns < b.due_ns || (a.due_ns === b.due_ns && a.dueSequence < b.dueSequence);
}
