/** Durations and times as text, in the style of the page: thousands parted by commas, "µs", "." before decimals. */

const UNITS = [
  { ns: 1_000_000_000, name: 's', digits: 9 },
  { ns: 1_000_000, name: 'ms', digits: 6 },
  { ns: 1_000, name: 'µs', digits: 3 },
  { ns: 1, name: 'ns', digits: 0 },
] as const;

/** More digits than these nobody reads; exact times stand in the table of events. */
const DIGITS = 4;

/** A duration, rounded to four digits: 640 ns, 78.41 µs, 1.25 ms. The space does not break. */
export function duration(time_ns: number): string {
  const whole = Math.round(Math.abs(time_ns));
  const rounded = Number(whole.toPrecision(DIGITS)); // first, so that 999,999 ns becomes 1 ms
  const unit = UNITS.find((u) => rounded >= u.ns) ?? UNITS[3];
  const count = rounded / unit.ns;
  const text =
    count >= 1000 ? grouped(Math.round(whole / unit.ns)) : String(Number(count.toPrecision(DIGITS)));
  return `${time_ns < 0 && whole > 0 ? '−' : ''}${text}\u00a0${unit.name}`;
}

/** A time on the ruler. `step_ns`, the distance of the ticks, sets unit and number of decimals; small steps are in
 *  nanoseconds unless the `largest_ns` time beside it has too many of them. */
export function clockTime(time_ns: number, step_ns: number, largest_ns = time_ns): string {
  const small = step_ns < 100 && largest_ns < 10_000;
  const unit = step_ns >= 1e9 ? UNITS[0] : step_ns >= 1e6 ? UNITS[1] : small ? UNITS[3] : UNITS[2];
  let decimals = 0;
  for (let size = unit.ns; size > step_ns && decimals < unit.digits; size /= 10) decimals++;
  const whole = Math.round(Math.abs(time_ns));
  return `${time_ns < 0 ? '−' : ''}${decimal(whole, unit.digits, decimals)}\u00a0${unit.name}`;
}

/** `whole` divided by 10 to the power of `digits`, with `decimals` of them shown and thousands parted. */
function decimal(whole: number, digits: number, decimals: number): string {
  const text = String(whole).padStart(digits + 1, '0');
  const point = text.length - digits;
  const fraction = text.slice(point, point + decimals);
  return grouped(text.slice(0, point)) + (fraction === '' ? '' : `.${fraction}`);
}

/** Parts thousands: 1,234,567. */
export function grouped(count: number | string): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number of things in words: "1 span", "2 spans". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}
