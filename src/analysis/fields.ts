import { assert } from '../base/assert.ts';
import { NO_OBJECT } from '../base/units.ts';
import type { LogView } from '../log/view.ts';
import { FIELDS } from '../kernel/catalogue.ts';

/** The value of a field in words: names of flags, names of objects and functions, numbers with their unit. What the
 *  catalogue does not know is printed as a plain number. */
export function fieldText(log: LogView, object: number, field: string, value: number): string {
  const known = FIELDS.get(`${log.objectType(object)}.${field}`);
  switch (known?.kind) {
    case 'bool':
      return value === 0 ? 'false' : 'true';
    case 'flags':
      return flagsText(value, known.bits ?? {});
    case 'enum':
      return log.string(value);
    case 'fn':
      return value === 0 ? 'NULL' : log.string(value);
    case 'ref':
      return value === NO_OBJECT ? 'NULL' : log.objectName(value);
    case 'int':
    case undefined:
      return known?.unit ? `${value} ${known.unit}` : String(value);
  }
}

/** "REQ_OP_WRITE|REQ_SYNC", with what has no name in hexadecimal; "0" for nothing. */
export function flagsText(value: number, bits: Readonly<Record<string, number>>): string {
  const names: string[] = [];
  let rest = value;
  for (const [name, bit] of Object.entries(bits)) {
    if (!hasBit(value, bit)) continue;
    names.push(name);
    rest -= bit;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.join('|') || '0';
}

/** Whether `bit`, a power of two up to 2^31, is set; `&` would take the highest for a sign. */
export function hasBit(value: number, bit: number): boolean {
  return Math.floor(value / bit) % 2 === 1;
}

/** The bit that a flag stands for: `bitOf('bio.bi_opf', 'REQ_POLLED')`. */
export function bitOf(field: string, flag: string): number {
  const bit = FIELDS.get(field)?.bits?.[flag];
  assert(bit !== undefined, `the model has a flag ${flag} of ${field}`);
  return bit;
}
