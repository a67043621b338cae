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

/** An array of this length of its own, with the first `kept` numbers of another. */
export function roomFor(length: number, old: Float64Array, kept: number): Float64Array<ArrayBuffer> {
  const array = new Float64Array(length);
  array.set(old.subarray(0, kept));
  return array;
}
