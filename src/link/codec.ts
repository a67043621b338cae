import { escapeText, unescapeText } from '../base/url-text.ts';
import { err, ok, type Result } from '../base/result.ts';

/** How one field of a link is written and read. `read` says what is wrong, to follow the offending text. */
export type Codec<T> = {
  write(value: T): string;
  read(text: string): Result<T, string>;
};

/** Simulated time from 0. */
export const time: Codec<number> = {
  write: (value) => String(Math.max(0, Math.round(value))),
  read: (text) => {
    const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value) ? ok(value) : err('is not a whole number of nanoseconds below 2^53');
  },
};

/** A place on an axis, kept to thousandths of its unit. */
export const place: Codec<number> = {
  write: (value) => String(Math.round(value * 1000) / 1000 + 0), // + 0 makes -0 plain
  read: (text) => {
    const value = /^-?[0-9]{1,16}(\.[0-9]{1,3})?$/.test(text) ? Number(text) : NaN;
    return Number.isFinite(value) ? ok(value) : err('is not a number with at most three decimals');
  },
};

export const flag: Codec<boolean> = {
  write: (value) => (value ? '1' : '0'),
  read: (text) => (text === '1' ? ok(true) : text === '0' ? ok(false) : err('is neither 0 nor 1')),
};

export function oneOf<const T extends string>(values: readonly T[]): Codec<T> {
  return {
    write: (value) => value,
    read: (text) => {
      const value = values.find((v) => v === text);
      return value === undefined ? err(`is not one of ${values.join(', ')}`) : ok(value);
    },
  };
}

/** The name of an event or object as `src/analysis/identity.ts` makes it: it never ends in a dot, which a mail program
 *  would leave out of the link. */
export const identity: Codec<string> = {
  write: (value) => value,
  read: (text) =>
    /^[A-Za-z0-9._~-]{0,399}[A-Za-z0-9_~-]$/.test(text)
      ? ok(text)
      : err('is not the name of an event or object'),
};

/** A short id of something on the page. */
export const shortId: Codec<string> = {
  write: (value) => value,
  read: (text) => (/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/.test(text) ? ok(text) : err('is not a short name')),
};

/** Free text on one line. Blanks are written as hyphens, so that a title stays readable in the address. */
export function line(maxLength: number): Codec<string> {
  return {
    write: (value) => escapeText(oneLine(value).slice(0, maxLength), '_. ').replaceAll(' ', '-'),
    read: (text) => {
      const value = /^[A-Za-z0-9._-]*$/.test(text) ? unescapeText(text.replaceAll('-', ' ')) : null;
      if (value === null) return err('is not a text as links write it');
      return value.length > maxLength ? err(`is longer than ${maxLength} characters`) : ok(oneLine(value));
    },
  };
}

/** Two values around `~`, the first at most the second. */
export function pair<T>(
  part: Codec<number>,
  make: (a: number, b: number) => T,
  split: (v: T) => [number, number],
): Codec<T> {
  return {
    write: (value) =>
      split(value)
        .map((v) => part.write(v))
        .join('~'),
    read: (text) => {
      const parts = text.split('~').map((p) => part.read(p));
      const [a, b] = parts;
      if (parts.length !== 2 || !a?.ok || !b?.ok) return err('is not two numbers around a ~');
      return a.value <= b.value ? ok(make(a.value, b.value)) : err('ends before it starts');
    },
  };
}

const MOST = 64;

/** No values at all. Written out, because a list may also be absent, and no entry reads like this. */
const NONE = '.x';

/** At most `MOST` values around `~`. */
export function list<T>(part: Codec<T>): Codec<readonly T[]> {
  return {
    write: (values) =>
      values.length === 0
        ? NONE
        : values
            .slice(0, MOST)
            .map((v) => part.write(v))
            .join('~'),
    read: (text) => {
      if (text === NONE) return ok([]);
      const texts = text.split('~', MOST + 1);
      if (texts.length > MOST) return err(`has more than ${MOST} entries`);
      const values: T[] = [];
      for (const entry of texts) {
        const value = part.read(entry);
        if (!value.ok) return err(`has an entry that ${value.error}`);
        values.push(value.value);
      }
      return ok(values);
    },
  };
}

/** A value or null; null is never written. */
export function maybe<T>(part: Codec<T>): Codec<T | null> {
  return { write: (value) => (value === null ? '' : part.write(value)), read: (text) => part.read(text) };
}

/** Control characters and line breaks as blanks: the text also goes into mails and titles. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
