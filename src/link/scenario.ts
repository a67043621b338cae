import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { parseScenario, type ScenarioProblem } from '../scenario/parse.ts';
import { withoutDefaults } from '../scenario/minimal.ts';
import type { Scenario } from '../scenario/schema.ts';
import { MAX_INFLATED_BYTES, pack, unpack } from './blob.ts';
import {
  applied,
  type Difference,
  differences,
  type Json,
  jsonOf,
  keyOfPath,
  pathOfKey,
  textOfValue,
  valueOfText,
} from './differences.ts';
import type { Fields } from './fragment.ts';
import { type LinkPreset, type LinkProblem, type LinkScenario, shorten } from './state.ts';

/** Key of the preset's id, and of the compressed differences. */
export const SCENARIO_KEYS: ReadonlySet<string> = new Set(['s', 'z']);

/** Differences that take more characters than this are compressed. */
const READABLE_CHARS = 400;
const MAX_DIFFERENCES = 500;

type Presets = readonly [LinkPreset, ...LinkPreset[]];

/** The fields of a scenario: the preset's id and what differs from it, readable if short, else compressed. Without a
 *  preset that the reader knows, everything differs. */
export async function writeScenario(
  { preset, scenario }: LinkScenario,
  presets: readonly LinkPreset[],
): Promise<Result<[string, string][], LinkProblem>> {
  const base = presets.find((p) => p.id === preset);
  const said =
    base === undefined
      ? differences({}, jsonOf(withoutDefaults(scenario)))
      : differences(jsonOf(scenarioOf(base)), jsonOf(scenario));
  const head: [string, string][] = base === undefined ? [] : [['s', base.id]];
  const readable = base === undefined ? null : readableFields(said);
  if (readable !== null) return ok([...head, ...readable]);
  const blob = await pack(JSON.stringify(Object.fromEntries(said.map((d) => [keyOfPath(d.path), d.value]))));
  if (blob !== null) return ok([...head, ['z', blob]]);
  return err({
    kind: 'length',
    field: '',
    text: '',
    message: `cannot hold this scenario: what differs from a preset takes more than ${MAX_INFLATED_BYTES} bytes`,
    instead: 'a file',
  });
}

/** A preset with its defaults filled in. */
function scenarioOf(preset: LinkPreset): Scenario {
  const parsed = parseScenario(preset.scenario);
  assert(parsed.ok, `the preset ${preset.id} is a valid scenario`);
  return parsed.value;
}

function readableFields(said: readonly Difference[]): [string, string][] | null {
  const fields: [string, string][] = [];
  let chars = 0;
  for (const { path, value } of said) {
    const text = textOfValue(value);
    const key = keyOfPath(path);
    chars += key.length + 2 + (text?.length ?? 0);
    if (text === null || chars > READABLE_CHARS) return null;
    fields.push([key, text]);
  }
  return fields;
}

/** A difference as the link said it, so that a problem can show it. */
type Said = Difference & { readonly key: string; readonly text: string };
type ReadScenario = { scenario: LinkScenario; problems: LinkProblem[]; hasScenario: boolean };

/** The scenario in the fields of a link. What cannot be used leaves a problem: a single difference is left out, a
 *  missing preset or a damaged blob gives the first preset. */
export async function readScenario(fields: Fields, presets: Presets): Promise<ReadScenario> {
  const problems: LinkProblem[] = [];
  const id = fields.get('s');
  const blob = fields.get('z');
  const preset = presets.find((p) => p.id === (id ?? presets[0].id));
  if (preset === undefined) {
    const known = presets.map((p) => p.id).join(', ');
    return standIn(presets, [problem('s', id ?? '', `is no preset of this version (it has ${known})`)]);
  }
  const packed = blob === undefined ? ok([]) : await packedDifferences(blob, problems);
  const said = [...(packed.ok ? packed.value : []), ...plainDifferences(fields, problems)];
  if (!packed.ok) {
    const instead = id === undefined ? '' : `the preset ${id} without these differences`;
    problems.push({ ...problem('z', blob ?? '', packed.error), instead });
  }
  if (id === undefined && blob !== undefined) return whole(packed.ok ? said : null, presets, problems);
  const scenario = mended(scenarioOf(preset), said, problems);
  return {
    scenario: { preset: preset.id, scenario },
    problems,
    hasScenario: id !== undefined || said.length > 0,
  };
}

/** A scenario of which the link tells everything; it is good or it is not. */
function whole(said: readonly Said[] | null, presets: Presets, problems: LinkProblem[]): ReadScenario {
  if (said === null) return standIn(presets, problems);
  const parsed = tried({}, said);
  if (parsed.ok) return { scenario: { preset: null, scenario: parsed.value }, problems, hasScenario: true };
  const faults = parsed.error
    .slice(0, 8)
    .map((p) => problem('z', p.value, `is no scenario: ${p.field} ${p.message}`));
  return standIn(presets, [...problems, ...faults]);
}

function standIn(presets: Presets, problems: LinkProblem[]): ReadScenario {
  const [first] = presets;
  const { id } = first;
  const told = problems.map((p) => (p.instead === '' ? { ...p, instead: `the preset ${id}` } : p));
  return { scenario: { preset: id, scenario: scenarioOf(first) }, problems: told, hasScenario: false };
}

function plainDifferences(fields: Fields, problems: LinkProblem[]): Said[] {
  const said: Said[] = [];
  for (const [key, text] of fields) {
    const path = SCENARIO_KEYS.has(key) ? null : pathOfKey(key);
    if (path === null) continue;
    const value = valueOfText(text);
    if (value.ok) said.push({ path, value: value.value, key, text });
    else problems.push({ ...problem(key, text, value.error), instead: AS_PRESET });
  }
  return said;
}

async function packedDifferences(blob: string, problems: LinkProblem[]): Promise<Result<Said[], string>> {
  const json = await unpack(blob);
  if (!json.ok) return json;
  const entries = entriesOf(json.value);
  if (entries === null) return err('unpacks to something that is no scenario');
  const said: Said[] = [];
  for (const [key, value] of entries.slice(0, MAX_DIFFERENCES)) {
    const path = pathOfKey(key);
    if (path === null)
      problems.push({ ...problem(key, '', 'names no field of a scenario'), instead: AS_PRESET });
    else said.push({ path, value, key, text: textOfValue(value) ?? JSON.stringify(value) });
  }
  return ok(said);
}

function entriesOf(json: string): [string, Json][] | null {
  if (depthOf(json) > MAX_DEPTH) return null;
  try {
    const value = JSON.parse(json) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : null;
  } catch {
    return null; // JSON.parse throws on bad input only; the caller reports it
  }
}

/** Nothing in a scenario nests deeper; what does would overflow the stack of whoever walks it. */
const MAX_DEPTH = 16;

function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const c = json.charAt(i);
    if (c === '"') quoted = !quoted;
    else if (quoted) i += c === '\\' ? 1 : 0;
    else if (c === '[' || c === '{') deepest = Math.max(deepest, ++depth);
    else if (c === ']' || c === '}') depth--;
  }
  return deepest;
}

const AS_PRESET = 'the value of the preset';

/** The preset with as many of the differences as make a valid scenario. First those go that a message names; where
 *  that does not help, because only together they fail, each is tried on top of those before it. */
function mended(base: Scenario, said: readonly Said[], problems: LinkProblem[]): Scenario {
  const all = tried(base, said);
  if (all.ok) return all.value;
  const complaint = (d: Said): ScenarioProblem | undefined => all.error.find((p) => concerns(p, d));
  const unnamed = said.filter((d) => complaint(d) === undefined);
  const rest = tried(base, unnamed);
  if (rest.ok) {
    for (const d of said) report(d, complaint(d), problems);
    return rest.value;
  }
  return oneByOne(base, said, problems);
}

function oneByOne(base: Scenario, said: readonly Said[], problems: LinkProblem[]): Scenario {
  const kept: Said[] = [];
  let scenario = base;
  for (const d of said) {
    const next = tried(base, [...kept, d]);
    if (next.ok) {
      kept.push(d);
      scenario = next.value;
    } else report(d, next.error[0], problems);
  }
  return scenario;
}

function report(d: Said, complaint: ScenarioProblem | undefined, problems: LinkProblem[]): void {
  if (complaint === undefined) return;
  const { field, message } = complaint;
  const about = field === d.path.join('.') ? message : `does not fit: ${field} ${message}`;
  problems.push({ ...problem(d.key, d.text, about), instead: AS_PRESET });
}

function tried(base: unknown, said: readonly Said[]): Result<Scenario, readonly ScenarioProblem[]> {
  let json = jsonOf(base);
  for (const d of said) {
    const next = applied(json, d);
    const field = d.path.join('.');
    if (next === null) return err([{ field, value: d.text, message: 'is no field of this scenario' }]);
    json = next;
  }
  return parseScenario(json);
}

/** Whether a message is about the field of a difference, a part of it, or what it is a part of. */
function concerns(p: ScenarioProblem, d: Difference): boolean {
  const field = d.path.join('.');
  return p.field === field || p.field.startsWith(`${field}.`) || field.startsWith(`${p.field}.`);
}

function problem(field: string, text: string, message: string): LinkProblem {
  return { kind: 'scenario', field: shorten(field), text: shorten(text), message, instead: '' };
}
