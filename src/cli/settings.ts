import { err, ok, type Result } from '../base/result.ts';
import { effectiveFlips } from '../kernel/kernels.ts';
import { SWITCH_IDS, SWITCHES } from '../kernel/switches.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Edits, Setting } from './command.ts';
import { didYouMean } from '../scenario/nearest.ts';
import { scenarioSentences } from '../scenario/problems.ts';
import { fieldAt, leafPaths, type SchemaField, stepsOf } from '../scenario/schema-fields.ts';

/** The scenario with what the options change, valid as a whole. The errors are sentences. */
export function edited(scenario: Scenario, edits: Edits): Result<Scenario, readonly string[]> {
  const { kernel, ios, seed, events, sets } = edits;
  let changed: Scenario = {
    ...scenario,
    // A named kernel sets every switch, so flips against the one before are gone.
    ...(kernel === null ? {} : { kernel: { name: kernel, switches: {} } }),
    ...(seed === null ? {} : { seed }),
    ...(events === null ? {} : { limits: { ...scenario.limits, events } }),
    ...(ios === null ? {} : { actors: scenario.actors.map((actor) => ({ ...actor, ios })) }),
  };
  const problems: string[] = [];
  for (const setting of sets) {
    const next = withSetting(changed, setting);
    // Not valid yet perhaps: only all settings together have to make sense.
    if (next.ok) changed = next.value as Scenario;
    else problems.push(next.error);
  }
  if (problems.length > 0) return err(problems);
  const parsed = parseScenario(changed);
  if (!parsed.ok) return err(scenarioSentences(parsed.error));
  return ok(withoutIdleFlips(parsed.value));
}

/** A switch set to what its kernel has anyway leaves no trace: the page makes the same scenario, with the same hash. */
function withoutIdleFlips(scenario: Scenario): Scenario {
  const { name, switches } = scenario.kernel;
  return { ...scenario, kernel: { name, switches: effectiveFlips(name, switches) } };
}

function withSetting(scenario: Scenario, { name, value }: Setting): Result<unknown, string> {
  const isSwitch = Object.hasOwn(SWITCHES, name);
  const steps = isSwitch ? ['kernel', 'switches', name] : stepsOf(name);
  const field = fieldAt(steps);
  if (field === null) {
    const names = [
      ...SWITCH_IDS,
      ...leafPaths({ files: scenario.files.length, actors: scenario.actors.length }),
    ];
    return err(`there is no switch or field ${name}${didYouMean(name, names)}`);
  }
  const read = valueOf(field, value);
  if (!read.ok) return err(`${name} “${value}” ${read.error}`);
  const next = setAt(scenario, steps, read.value);
  return next === null ? err(`${name} is not there: ${lengthsOf(scenario)}`) : ok(next);
}

const lengthsOf = ({ files, actors }: Scenario): string =>
  `the scenario has actors.0 to ${actors.length - 1} and files.0 to ${files.length - 1}`;

/** The value that a text stands for, by the type of its field. What does not fit stays a text, for the schema to refuse.
 *  Undefined, an empty text, is the default. */
function valueOf(field: SchemaField, text: string): Result<unknown, string> {
  if (text === '' && field.optional) return ok(undefined);
  switch (field.type) {
    case 'number':
      return ok(/^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text);
    case 'flag':
      return ok(text === 'true' ? true : text === 'false' ? false : text);
    case 'choice':
      return ok(field.options.find((option) => String(option) === text) ?? text);
    case 'text':
      return ok(text);
    case 'structure':
      return jsonOf(text);
  }
}

function jsonOf(text: string): Result<unknown, string> {
  const problem = err('is not JSON, and this field is a list or a structure');
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? problem : ok(value);
  } catch {
    return problem; // JSON.parse throws on bad input only
  }
}

/** A copy with the value at a path the schema knows, or null where a list has no such element. */
function setAt(node: unknown, steps: readonly string[], value: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (Array.isArray(node)) {
    const items: readonly unknown[] = node;
    if (!Object.hasOwn(items, step)) return null;
    const item = setAt(items[Number(step)], rest, value);
    return item === null ? null : items.with(Number(step), item);
  }
  const { [step]: old, ...others } = (node ?? {}) as Readonly<Record<string, unknown>>;
  const next = setAt(old, rest, value);
  if (next === null) return null;
  return next === undefined ? others : { ...others, [step]: next };
}
