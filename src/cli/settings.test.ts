import { describe, expect, test } from 'vitest';
import { assert } from '../base/assert.ts';
import { parseScenario } from '../scenario/parse.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Edits } from './command.ts';
import { fieldAt, leafPaths, stepsOf } from '../scenario/schema-fields.ts';
import { edited } from './settings.ts';

const base = ((): Scenario => {
  const parsed = parseScenario(PRESETS[0].scenario);
  assert(parsed.ok, 'the first preset is valid');
  return parsed.value;
})();

const NONE: Edits = { kernel: null, ios: null, seed: null, events: null, sets: [] };
const sets = (...texts: string[]): Edits => ({
  ...NONE,
  sets: texts.map((text) => {
    const [name = '', ...value] = text.split('=');
    return { name, value: value.join('=') };
  }),
});

function result(edits: Edits, scenario = base): Scenario {
  const made = edited(scenario, edits);
  assert(made.ok, made.ok ? '' : made.error.join('; '));
  return made.value;
}

function problems(...texts: string[]): string {
  const made = edited(base, sets(...texts));
  return made.ok ? 'accepted' : made.error.join('\n');
}

describe('what options change', () => {
  test('nothing', () => {
    expect(result(NONE)).toEqual(base);
  });

  test('kernel, seed, I/Os and events', () => {
    const made = result({ ...NONE, kernel: 'v6.5', seed: 9, ios: 3, events: 4000 });
    expect(made).toEqual({
      ...base,
      kernel: { name: 'v6.5', switches: {} },
      seed: 9,
      actors: base.actors.map((actor) => ({ ...actor, ios: 3 })),
      limits: { ...base.limits, events: 4000 },
    });
  });

  test('fields by path: a number, a choice, a flag, a text, a list', () => {
    const made = result(
      sets(
        'machine.cpus=4',
        'machine.hz=1000',
        'machine.wake_preempts=false',
        'title=4',
        'actors.0.cpus_allowed=[2,3]',
        'actors.0.iodepth=8',
        'costs.irq.entry=500',
      ),
    );
    expect(made.machine).toMatchObject({ cpus: 4, hz: 1000, wake_preempts: false });
    expect(made.title).toBe('4');
    expect(made.actors[0]).toMatchObject({ cpus_allowed: [2, 3], iodepth: 8 });
    expect(made.costs).toEqual({ 'irq.entry': 500 });
  });

  test('settings that only together make sense', () => {
    expect(problems('machine.nvme.queues=4')).toMatch(/machine.nvme.queues 4 is above the number of CPUs, 2/);
    expect(result(sets('machine.nvme.queues=4', 'machine.cpus=4')).machine.nvme.queues).toBe(4);
  });

  test('an empty value restores the default', () => {
    const made = result(sets('actors.0.cpus_allowed=', 'machine.hz='), {
      ...base,
      machine: { ...base.machine, hz: 100 },
    });
    expect(made.actors[0]?.cpus_allowed).toBeUndefined();
    expect(made.machine.hz).toBe(250);
  });

  test('a switch by its name or its path; one that the kernel has anyway leaves no trace', () => {
    expect(result(sets('CALLER_FLAG=none')).kernel.switches).toEqual({ CALLER_FLAG: 'none' });
    expect(result(sets('ISSUER_REQUESTS=true')).kernel.switches).toEqual({ ISSUER_REQUESTS: true });
    expect(result(sets('kernel.switches.CALLER_FLAG=none')).kernel.switches).toEqual({ CALLER_FLAG: 'none' });
    expect(result(sets('CALLER_FLAG=CALLER_COMP')).kernel.switches).toEqual({});
  });

  test('a named kernel takes back the flips of the input, not those of --set', () => {
    const flipped = result(sets('CALLER_FLAG=none'));
    expect(result({ ...NONE, kernel: 'v6.6-rc' }, flipped).kernel.switches).toEqual({});
    const both = result({ ...sets('CALLER_FLAG=none'), kernel: 'v6.6-rc' });
    expect(both.kernel).toEqual({ name: 'v6.6-rc', switches: { CALLER_FLAG: 'none' } });
  });
});

describe('what is wrong with settings', () => {
  test.each([
    ['machine.cpu=4', /no switch or field machine.cpu; did you mean machine.cpus\?/],
    ['CALLER_FLG=none', /did you mean CALLER_FLAG\?/],
    ['caller_flag=none', /did you mean CALLER_FLAG\?/],
    ['iodepth=4', /did you mean actors.0.iodepth\?/],
    ['zzzzzzzz=4', /^there is no switch or field zzzzzzzz$/],
    ['machine.cpus=400', /machine.cpus 400 is not in 1 to 256/],
    ['machine.cpus=four', /machine.cpus "four" is not a number/],
    ['machine.cpus=0x10', /is not a number/],
    ['machine.cpus=', /machine.cpus "" is not a number/],
    ['machine.hz=77', /machine.hz "77" is none of 100, 250, 300, 1000/],
    ['machine.wake_preempts=yes', /machine.wake_preempts "yes" is neither true nor false/],
    [
      'CALLER_FLAG=non',
      /kernel.switches.CALLER_FLAG "non" is none of none, DEFER_COMP, CALLER_COMP; did you mean none\?/,
    ],
    ['actors.0.cpus_allowed=1-3', /“1-3” is not JSON/],
    ['machine=null', /“null” is not JSON/],
    ['machine={}', /machine.cpus is missing/],
    ['actors.3.ios=1', /actors.3.ios is not there: the scenario has actors.0 to 0/],
    ['actors.00.ios=1', /actors.00.ios is not there/],
    ['__proto__=1', /no switch or field __proto__/],
    ['machine.constructor=1', /no switch or field machine.constructor/],
    ['actors.__proto__.ios=1', /no switch or field/],
    ['version=2', /version "2" is not 1/],
    ['actors.0.file=elsewhere', /actors.0.file elsewhere names no file of the scenario/],
  ])('%s', (text, message) => {
    expect(problems(text)).toMatch(message);
  });
});

describe('the fields of the schema', () => {
  test('every leaf is a field, and no structure', () => {
    const paths = leafPaths({ files: 1, actors: 2 });
    expect(paths).toContain('actors.1.hipri');
    expect(paths).toContain('costs.irq.entry');
    expect(paths).toContain('kernel.switches.CALLER_FLAG');
    for (const path of paths) expect(fieldAt(stepsOf(path)), path).not.toBeNull();
  });

  test('what is no path is no field', () => {
    for (const path of ['', 'machine.', 'machine..cpus', 'actors.x', 'title.length', 'seed.0'])
      expect(fieldAt(stepsOf(path)), path).toBeNull();
  });
});
