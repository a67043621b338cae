import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../scenario/limits.ts';
import { fioActorSchema } from '../../scenario/schema-job.ts';
import { machineSchema, nvmeSchema } from '../../scenario/schema-machine.ts';
import { scenarioSchema } from '../../scenario/schema.ts';
import { describeField } from './describe.ts';

describe('a field of the form is described by its schema', () => {
  test('a number has its range and unit', () => {
    expect(describeField(machineSchema.entries.cpus)).toMatchObject({
      title: 'CPUs',
      input: { kind: 'int', min: 1, max: LIMITS.cpus },
    });
    expect(describeField(nvmeSchema.entries.bytes_per_us)).toMatchObject({
      unit: 'B/us',
      input: { kind: 'int' },
    });
  });

  test('a field with a default is seen through', () => {
    expect(describeField(fioActorSchema.entries.iodepth).input).toEqual({
      kind: 'int',
      min: 1,
      max: LIMITS.iodepth,
    });
    expect(describeField(machineSchema.entries.rq_affinity).input).toEqual({
      kind: 'choice',
      options: [0, 1, 2],
    });
    expect(describeField(fioActorSchema.entries.hipri).input).toEqual({ kind: 'flag' });
    expect(describeField(scenarioSchema.entries.title).input).toEqual({ kind: 'text', longest: 200 });
  });

  test.each(
    [machineSchema, nvmeSchema, fioActorSchema].flatMap((s) => Object.entries(s.entries as v.ObjectEntries)),
  )('%s has a title and a help text, if people edit it', (name, schema) => {
    const spec = describeField(schema);
    if (['kind', 'nvme'].includes(name)) return;
    expect(spec.title).not.toBe('');
    expect(spec.help).toMatch(/\.$/);
  });
});
