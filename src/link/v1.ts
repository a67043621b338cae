import { ok, type Result } from '../base/result.ts';
import { pathOfKey } from './differences.ts';
import type { Fields } from './fragment.ts';
import { readScenario, SCENARIO_KEYS, writeScenario } from './scenario.ts';
import {
  type DecodedLink,
  type LinkPreset,
  type LinkProblem,
  type LinkState,
  type LinkView,
  shorten,
} from './state.ts';
import { readView, VIEW_KEYS, writeView } from './view.ts';

/**
 * Format 1: `v=1`, then the scenario (`s=` preset, differences with short keys, or `z=` compressed), then the view.
 * A released format is never edited: the next one is a module of its own, and this one stays to read old links.
 */
export const VERSION = 1;

/** The fields of a state, in the order in which they are written. */
export async function write(
  state: LinkState,
  presets: readonly LinkPreset[],
): Promise<Result<Fields, LinkProblem>> {
  const scenario = await writeScenario(state.scenario, presets);
  if (!scenario.ok) return scenario;
  return ok(new Map([['v', String(VERSION)], ...scenario.value, ...writeView(state.view)]));
}

/** The same fields with another view. */
export function withView(fields: Fields, view: LinkView): Fields {
  return new Map([...[...fields].filter(([key]) => !VIEW_KEYS.has(key)), ...writeView(view)]);
}

/** The fields that say which scenario it is. */
export function scenarioFields(fields: Fields): Fields {
  return new Map([...fields].filter(([key]) => !VIEW_KEYS.has(key)));
}

/** Reads each field on its own; what is not known to this format is reported and left aside. */
export async function read(
  fields: Fields,
  presets: readonly [LinkPreset, ...LinkPreset[]],
): Promise<DecodedLink> {
  const { scenario, problems, hasScenario } = await readScenario(fields, presets);
  const { view, problems: ofView } = readView(fields);
  const unknown = [...fields.keys()].filter((key) => !isKnown(key)).map(unknownField);
  return { state: { scenario, view }, problems: [...problems, ...ofView, ...unknown], hasScenario };
}

const isKnown = (key: string): boolean =>
  key === 'v' || SCENARIO_KEYS.has(key) || VIEW_KEYS.has(key) || pathOfKey(key) !== null;

function unknownField(key: string): LinkProblem {
  return {
    kind: 'unknown',
    field: shorten(key),
    text: '',
    message: 'is not known and was left aside',
    instead: '',
  };
}
