import * as v from 'valibot';
import { COST_IDS, COSTS, type CostId } from '../kernel/costs.ts';
import { KERNEL_NAMES } from '../kernel/kernels.ts';
import { SWITCH_IDS, SWITCHES, type Switches } from '../kernel/switches.ts';
import { LIMITS } from './limits.ts';
import { fileSchema } from './schema-file.ts';
import { fioActorSchema } from './schema-job.ts';
import { machineSchema } from './schema-machine.ts';
import { int, named, text } from './schema-values.ts';

const costsSchema = v.strictObject(
  Object.fromEntries(
    COST_IDS.map((cost) => [
      cost,
      named(v.optional(int(0, 1_000_000_000)), COSTS[cost].title, COSTS[cost].source, 'ns'),
    ]),
  ),
) as unknown as v.GenericSchema<Partial<Record<CostId, number>>>; // built from the table: the compiler cannot follow

const switchesSchema = v.strictObject(
  Object.fromEntries(
    SWITCH_IDS.map((name) => [
      name,
      named(
        v.optional(v.picklist(SWITCHES[name].values as readonly (string | boolean)[] as readonly string[])),
        SWITCHES[name].title,
        SWITCHES[name].help,
      ),
    ]),
  ),
) as unknown as v.GenericSchema<Partial<Switches>, Partial<Switches>>; // built from the table: the compiler cannot follow

/**
 * The one description of a scenario. It validates what comes from a form, a file, a link or fio text, fills in defaults,
 * and its metadata (title, unit, help) makes the form. A missing field takes its default, an unknown one is an error.
 */
export const scenarioSchema = v.strictObject({
  version: v.literal(1, 'is not 1, the only version so far'),
  title: named(v.optional(text(200), ''), 'title', 'What this scenario shows.'),
  machine: machineSchema,
  kernel: v.strictObject({
    name: named(v.picklist(KERNEL_NAMES), 'kernel', 'A named kernel sets every switch.'),
    switches: named(
      v.optional(switchesSchema, {}),
      'switches',
      'Single switches flipped against the named kernel.',
    ),
  }),
  files: v.pipe(
    v.array(fileSchema),
    v.minLength(1, 'is empty'),
    v.maxLength(LIMITS.files, `has more than ${LIMITS.files} entries`),
  ),
  actors: v.pipe(
    v.array(fioActorSchema),
    v.minLength(1, 'is empty'),
    v.maxLength(LIMITS.jobs, `has more than ${LIMITS.jobs} entries`),
  ),
  costs: named(v.optional(costsSchema, {}), 'costs', 'Durations that differ from the cost model.'),
  seed: named(v.optional(int(0, 4_294_967_295), 1), 'seed', 'Seed of all random choices.'),
  limits: v.optional(
    v.strictObject({
      sim_ns: named(
        v.optional(int(1000, LIMITS.sim_ns), LIMITS.sim_ns),
        'simulated time',
        'The run stops here.',
        'ns',
      ),
      events: named(
        v.optional(int(1000, LIMITS.events), 2_000_000),
        'events',
        'The run stops after so many log events.',
      ),
    }),
    {},
  ),
});

/** A valid scenario with all defaults filled in. */

/** A valid scenario with all defaults filled in. */
export type Scenario = v.InferOutput<typeof scenarioSchema>;
/** A scenario as people write it: fields with defaults may be left out. */
export type ScenarioInput = v.InferInput<typeof scenarioSchema>;
