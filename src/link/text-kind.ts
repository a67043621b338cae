import { looksLikeFio } from '../scenario/fio/import-fio.ts';
import { presetById } from '../scenario/presets.ts';

/** What a person may bring: a link, a scenario as JSON, a fio job file or command line, or the id of a preset. */
export type TextKind = 'link' | 'scenario' | 'fio' | 'preset';

/**
 * Tells what a text is by its content, for whoever takes texts: paste and drop in the page, files and standard input of
 * the command line. Null when it is none of them. The text is only looked at; whether it is valid its reader says.
 */
export function textKind(text: string): TextKind | null {
  const trimmed = text.trim();
  if (LINK.test(trimmed)) return 'link';
  if (trimmed.startsWith('{')) return 'scenario';
  if (presetById(trimmed) !== null) return 'preset';
  if (looksLikeFio(text)) return 'fio';
  // A mail or its footnote, with the link on a line of its own. Asked last: a fio job may mention a link in a comment.
  return MENTIONED.test(trimmed) ? 'link' : null;
}

/** An address with a fragment, or our fragment alone: `v=1`, the version, comes first in every link. */
const LINK = /^[<("']?(?:(?:https?|file):\/\/\S*#|#?v=\d)/i;
const MENTIONED = /(?:^|[\s<("'])(?:https?|file):\/\/\S{1,300}#v=\d/i;
