/** Number of leading elements of the ascending `values` that are at most `limit`, i.e. the insertion point after
 *  equal ones. */
export function upperBound(values: ArrayLike<number>, limit: number, count = values.length): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Number of leading elements of the ascending `values` below `limit`: the insertion point before equal ones. */
export function lowerBound(values: ArrayLike<number>, limit: number, count = values.length): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
