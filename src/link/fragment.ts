import { type LinkProblem, shorten } from './state.ts';

/** Longer fragments are cut before anything else looks at them; no browser's address bar holds more. */
export const MAX_CHARS = 32_000;
const MAX_FIELDS = 200;

export type Fields = ReadonlyMap<string, string>;

/** The fields of whatever a person pasted: a whole address, a fragment with or without `#`, a line of a mail. Of two
 *  fields with one key the first counts. */
export function readFields(pasted: string): { fields: Fields; problems: LinkProblem[] } {
  const problems: LinkProblem[] = [];
  const fields = new Map<string, string>();
  const twice = new Set<string>();
  const parts = fragmentOf(pasted, problems)
    .split('&')
    .filter((part) => part !== '');
  for (const part of parts.slice(0, MAX_FIELDS)) {
    const at = part.indexOf('=');
    const key = plain(at < 0 ? part : part.slice(0, at));
    const text = plain(at < 0 ? '' : part.slice(at + 1));
    if (key === null || text === null)
      problems.push(problem('field', key ?? '', part, 'has a broken percent code', 'nothing of it'));
    else if (fields.has(key)) twice.add(key);
    else fields.set(key, text);
  }
  for (const key of twice) problems.push(problem('field', key, '', 'is there twice', 'the first'));
  if (parts.length > MAX_FIELDS)
    problems.push(problem('length', '', '', `has more than ${MAX_FIELDS} fields`, 'the first of them'));
  return { fields, problems };
}

/** Fields as a fragment without `#`. */
export function writeFields(fields: Fields): string {
  return [...fields].map(([key, text]) => `${key}=${text}`).join('&');
}

/** What follows the last `#` of an address, without what mails and chats put around it and into it. */
function fragmentOf(pasted: string, problems: LinkProblem[]): string {
  const hash = pasted.lastIndexOf('#');
  if (hash < 0 && /^\s*[<("']?\s*[a-z][a-z0-9+.-]*:\/\//i.test(pasted.slice(0, 100))) return '';
  return uncut(pasted.slice(hash + 1), problems)
    .replace(/\s+/g, '')
    .replaceAll('&amp;', '&')
    .replace(/^[<("']+/, '')
    .replace(/[>)\]}.,;:!?"'*]{1,100}$/, '');
}

/** At most `MAX_CHARS` of a fragment, without the field that the limit cuts in two. */
function uncut(fragment: string, problems: LinkProblem[]): string {
  if (fragment.length <= MAX_CHARS) return fragment;
  const message = `is ${fragment.length} characters long, above the limit of ${MAX_CHARS}`;
  problems.push(problem('length', '', '', message, 'the fields before the limit'));
  const head = fragment.slice(0, MAX_CHARS);
  return head.slice(0, Math.max(0, head.lastIndexOf('&')));
}

/** Percent codes resolved: some programs write `%7E` for `~`. Null where a code is broken. */
function plain(text: string): string | null {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // the caller reports it: decodeURIComponent throws on nothing else
  }
}

function problem(
  kind: LinkProblem['kind'],
  field: string,
  text: string,
  message: string,
  instead: string,
): LinkProblem {
  return { kind, field: shorten(field), text: shorten(text), message, instead };
}
