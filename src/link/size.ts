import { MAX_CHARS } from './fragment.ts';

/** How far a link of some length gets: `ok` everywhere, `long` through most mixed software, `very-long` only where
 *  RFC 9110's 8,000 characters are kept, `too-long` not even into an address bar. */
export type LinkSize = {
  readonly length: number;
  readonly level: 'ok' | 'long' | 'very-long' | 'too-long';
  readonly message: string;
};

/** Judges a link by its length, best the whole address. */
export function linkSize(link: string): LinkSize {
  const { length } = link;
  const chars = `${String(length).replace(/\B(?=(?:\d{3})+$)/g, ',')} characters`;
  if (length > MAX_CHARS)
    return {
      length,
      level: 'too-long',
      message: `is ${chars}, too long for an address: save a file instead`,
    };
  if (length > 8_000)
    return { length, level: 'very-long', message: `is ${chars}: many programs will cut it, a file is safer` };
  if (length > 2_000)
    return { length, level: 'long', message: `is ${chars}: some mail and chat programs will cut it` };
  return { length, level: 'ok', message: `is ${chars}` };
}
