/** A typed array twice as long with the same beginning: how columns grow that are filled row by row. */
export function doubled<T extends Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array>(
  old: T,
): T {
  const wider = new (old.constructor as new (length: number) => T)(old.length * 2);
  wider.set(old);
  return wider;
}

/** The same, until `index` fits. */
export function fitting<T extends Float64Array | Uint32Array | Int32Array | Uint16Array | Uint8Array>(
  old: T,
  index: number,
): T {
  let array = old;
  while (index >= array.length) array = doubled(array);
  return array;
}

/** Ascending numbers that grow at the end, without a box per number. */
export class Uint32List {
  count = 0;
  private items = new Uint32Array(16);

  push(value: number): void {
    if (this.count === this.items.length) this.items = doubled(this.items);
    this.items[this.count++] = value;
  }

  at(index: number): number {
    return this.items[index]!;
  }

  /** The filled part; not to be kept beyond the next push. */
  view(): Uint32Array {
    return this.items.subarray(0, this.count);
  }
}
