import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { type Fields, MAX_CHARS, readFields, writeFields } from './fragment.ts';
import { linkSize } from './size.ts';
import {
  type DecodedLink,
  type LinkPreset,
  type LinkProblem,
  type LinkState,
  type LinkView,
  shorten,
} from './state.ts';
import * as v1 from './v1.ts';

/** The fragment (without `#`) that opens to `state`. The same state gives the same fragment. An error says why there
 *  is none: the scenario is too large for a link and belongs in a file. */
export async function encodeLink(
  state: LinkState,
  presets: readonly LinkPreset[],
): Promise<Result<string, LinkProblem>> {
  const fields = await v1.write(state, presets);
  if (!fields.ok) return fields;
  const fragment = writeFields(fields.value);
  if (fragment.length <= MAX_CHARS) return ok(fragment);
  const { message } = linkSize(fragment);
  return err({ kind: 'length', field: '', text: '', message, instead: 'a file' });
}

/** The fragment with another view, without a look at its scenario: for every step of a drag. `fragment` is one that
 *  `encodeLink` made. */
export function replaceView(fragment: string, view: LinkView): string {
  return writeFields(v1.withView(readFields(fragment).fields, view));
}

/** What of a fragment says which scenario it is. Two links with one text here show the same run. */
export function scenarioText(fragment: string): string {
  return writeFields(v1.scenarioFields(readFields(fragment).fields));
}

/** Reads whatever a person pasted as a link: an address, a fragment, either with what a mail put around it. Never
 *  throws for what it finds; the first preset stands in for a scenario that cannot be read. */
export async function decodeLink(pasted: string, presets: readonly LinkPreset[]): Promise<DecodedLink> {
  const [first, ...others] = presets;
  assert(first !== undefined, 'there is a preset to fall back on');
  const { fields, problems } = readFields(pasted);
  const version = versionProblem(fields);
  const decoded = await v1.read(fields, [first, ...others]);
  return { ...decoded, problems: fewer([...version, ...problems, ...decoded.problems]) };
}

/** As many problems as someone may want to read. */
const MAX_PROBLEMS = 20;

function fewer(problems: readonly LinkProblem[]): readonly LinkProblem[] {
  if (problems.length <= MAX_PROBLEMS) return problems;
  const message = `has ${problems.length - MAX_PROBLEMS} more problems like these`;
  const rest: LinkProblem = { kind: 'field', field: '', text: '', message, instead: '' };
  return [...problems.slice(0, MAX_PROBLEMS), rest];
}

/** An empty link has no version and needs none. */
function versionProblem(fields: Fields): LinkProblem[] {
  const text = fields.get('v');
  if (text === String(v1.VERSION) || fields.size === 0) return [];
  if (/^[1-9][0-9]{0,5}$/.test(text ?? '') && Number(text) > v1.VERSION) {
    const message = `comes from a newer bioscope (format ${text ?? ''}; this one reads ${v1.VERSION})`;
    return [{ kind: 'newer', field: 'v', text: shorten(text ?? ''), message, instead: '' }];
  }
  const message =
    text === undefined ? 'does not say its format (v=1); a part of it may be missing' : 'is no link format';
  const instead = `format ${v1.VERSION}`;
  return [
    { kind: 'version', field: text === undefined ? '' : 'v', text: shorten(text ?? ''), message, instead },
  ];
}
