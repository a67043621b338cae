import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { present } from '../base/assert.ts';
import { parseScenario } from '../scenario/parse.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Scenario, ScenarioInput } from '../scenario/schema.ts';
import { decodeLink, encodeLink, replaceView, scenarioText } from './link.ts';
import { AXES, DEFAULT_VIEW, FLOWS, type LinkState, type LinkView, problemText } from './state.ts';
import { FIXTURE_PRESETS } from './v1.fixtures.ts';

const id = fc
  .array(fc.constantFrom('bio.3', '~', 'bio_endio', 'x-', '2', '.x2f', 'A'), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''));
const shortId = fc.constantFrom('controls', 'a', '0', 'x', 'a-b_c', 'Z9');
const line = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .map((s) => s.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' '));
const time = fc.maxSafeNat();
const place = fc.integer({ min: -1e15, max: 1e15 }).map((n) => n / 1000);
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of);

const views: fc.Arbitrary<LinkView> = fc.record({
  cursor_ns: time,
  cursor_event: maybe(id),
  selection: maybe(id),
  io: maybe(id),
  range: maybe(fc.tuple(time, time).map(([a, b]) => ({ t0_ns: Math.min(a, b), t1_ns: Math.max(a, b) }))),
  axis: fc.constantFrom(...AXES),
  window: maybe(fc.tuple(place, place).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))),
  flows: fc.constantFrom(...FLOWS),
  follow: fc.boolean(),
  panels: maybe(fc.array(shortId, { maxLength: 6 })),
  view: maybe(shortId),
  tab: maybe(shortId),
  collapsed: fc.array(
    line.filter((name) => name !== ''), // a track has a name
    { maxLength: 6 },
  ),
  search: line,
  title: line,
});

/** Presets with some edits on top, and scenarios that no preset is near. */
const scenarios: fc.Arbitrary<LinkState['scenario']> = fc
  .record({
    preset: fc.option(fc.constantFrom(...PRESETS)),
    title: fc.option(fc.oneof(line, fc.constantFrom('true', 'null', '12', '~', '-1.5', '')), {
      nil: undefined,
    }),
    seed: fc.option(fc.nat(), { nil: undefined }),
    iodepth: fc.option(fc.integer({ min: 1, max: 4096 }), { nil: undefined }),
    cpus_allowed: fc.option(fc.constantFrom([0], [0, 1]), { nil: undefined }),
    kernel: fc.option(fc.constantFrom('v6.5' as const, 'v6.6-rc' as const), { nil: undefined }),
    switches: fc.record(
      { CALLER_FLAG: fc.constantFrom('none', 'CALLER_COMP'), BATCH_FIFO: fc.boolean() },
      { requiredKeys: [] },
    ),
    costs: fc.record({ 'ctxsw.bare': fc.nat(1e9), syscall: fc.nat(1e9) }, { requiredKeys: [] }),
    jobs: fc.integer({ min: 1, max: 40 }),
  })
  // FUSE is refused on the old kernels of the edits
  .filter(({ preset, kernel }) => kernel === undefined || preset?.scenario.files[0]?.filesystem !== 'fuse')
  .map(({ preset, jobs, ...edit }) => ({
    preset: preset?.id ?? null,
    scenario: valid(edited((preset ?? PRESETS[0]).scenario, jobs, edit)),
  }));

type Edit = {
  title: string | undefined;
  seed: number | undefined;
  iodepth: number | undefined;
  cpus_allowed: readonly number[] | undefined;
  kernel: ScenarioInput['kernel']['name'] | undefined;
  switches: object;
  costs: NonNullable<ScenarioInput['costs']>;
};

function edited(base: ScenarioInput, jobs: number, edit: Edit): ScenarioInput {
  const { title = base.title, seed = base.seed, kernel = base.kernel.name, costs } = edit;
  const actors = base.actors.map((actor) => ({
    ...actor,
    ...(edit.iodepth === undefined ? {} : { iodepth: edit.iodepth }),
    hipri: actor.hipri === true && (edit.iodepth ?? 1) * jobs < 1000, // a polled I/O needs a tag of the queue
    ...(edit.cpus_allowed === undefined ? {} : { cpus_allowed: [...edit.cpus_allowed] }),
  }));
  // Mostly the preset's own number of jobs: another number is a difference that only a blob can hold.
  const more =
    jobs > 30 ? Array.from({ length: jobs }, (_, i) => ({ ...actors[0], name: `job ${i}` })) : actors;
  return {
    ...base,
    title,
    seed,
    costs,
    kernel: { name: kernel, switches: edit.switches },
    actors: more as typeof actors,
  };
}

const states: fc.Arbitrary<LinkState> = fc.record({ scenario: scenarios, view: views });

test('every state comes back from its link, field by field', async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const { state: back, problems, hasScenario } = await decodeLink(await link(state), PRESETS);
      expect(problems).toEqual([]);
      expect(hasScenario).toBe(true);
      expect(back).toEqual(state);
    }),
    { numRuns: 300 },
  );
});

test('a link has no character that a mail would break, and ends in a letter or digit', async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      expect(await link(state)).toMatch(/^v=1&[A-Za-z0-9._~&=-]+[A-Za-z0-9]$/);
    }),
  );
});

test('the same state gives the same link, whatever the order of its fields', async () => {
  await fc.assert(
    fc.asyncProperty(states, async (state) => {
      const shuffled = JSON.parse(JSON.stringify(state), (_, value: unknown) => reversed(value)) as LinkState;
      expect(await link(shuffled)).toBe(await link(state));
    }),
  );
});

test('another view on the same scenario needs no look at the scenario', async () => {
  await fc.assert(
    fc.asyncProperty(states, views, async (state, view) => {
      const replaced = replaceView(await link(state), view);
      expect(replaced).toBe(await link({ ...state, view }));
      expect(scenarioText(replaced)).toBe(scenarioText(await link(state)));
    }),
  );
});

test('fractions of a nanosecond, as a drag makes them, are rounded', async () => {
  const view = {
    ...DEFAULT_VIEW,
    cursor_ns: 12.6,
    range: { t0_ns: -0.4, t1_ns: 7.5 },
    window: { from: -0.0001, to: 1 / 3 },
  };
  const { state, problems } = await decodeLink(await link({ scenario: preset(PRESETS[0]), view }), PRESETS);
  expect(problems).toEqual([]);
  expect(state.view).toMatchObject({
    cursor_ns: 13,
    range: { t0_ns: 0, t1_ns: 8 },
    window: { from: 0, to: 0.333 },
  });
});

describe('a link to a preset stays below 500 characters', () => {
  const view: LinkView = {
    ...DEFAULT_VIEW,
    cursor_ns: 123_456_789,
    cursor_event: 'io_kiocb.12~iomap_dio_complete_work~3',
    selection: 'io_kiocb.12~d-iomap-dio-may-complete-inline~3',
    io: 'io_kiocb.12',
    range: { t0_ns: 123_000_000, t1_ns: 123_999_999 },
    window: { from: 123_000_000.125, to: 123_999_999.875 },
    panels: ['controls', 'inspector'],
    view: 'timeline',
    tab: 'findings',
    title: 'Why does the kworker run before task_work?',
  };
  test.each(PRESETS.map((p) => [p.id, p] as const))('%s, with all of a view', async (_, p) => {
    expect((await link({ scenario: preset(p), view })).length).toBeLessThan(500);
  });
  test.each(PRESETS.map((p) => [p.id, p] as const))('%s, whole and compressed, below 1,000', async (_, p) => {
    expect(
      (await link({ scenario: { ...preset(p), preset: null }, view: DEFAULT_VIEW })).length,
    ).toBeLessThan(1000);
  });
});

test('a preset that the reader does not have is written out whole', async () => {
  const text = await link({ scenario: { ...preset(PRESETS[0]), preset: 'gone' }, view: DEFAULT_VIEW });
  const { state } = await decodeLink(text, FIXTURE_PRESETS);
  expect(state.scenario).toEqual({ ...preset(PRESETS[0]), preset: null });
});

test('a scenario too large for a link is refused, not cut', async () => {
  const base = valid(PRESETS[0].scenario);
  const jobs = Array.from({ length: 256 }, (_, i) => ({
    ...present(base.actors[0], 'one job'),
    name: `job ${i}`,
    bs_write: Array.from({ length: 16 }, (_, n) => ({ bytes: 4096 * (n + 1), weight: i + 1 })),
  }));
  const refused = await encodeLink(
    { scenario: { preset: null, scenario: { ...base, actors: jobs } }, view: DEFAULT_VIEW },
    PRESETS,
  );
  expect(refused.ok).toBe(false);
  if (!refused.ok)
    expect(problemText(refused.error)).toMatch(/^The link cannot hold this scenario.*a file\.$/);
});

/** The link to a state that one can hold. */
async function link(state: LinkState): Promise<string> {
  const encoded = await encodeLink(state, PRESETS);
  return present(encoded.ok ? encoded.value : null, 'the state fits a link');
}

function preset(p: (typeof PRESETS)[number]): LinkState['scenario'] {
  return { preset: p.id, scenario: valid(p.scenario) };
}

function valid(input: ScenarioInput): Scenario {
  const parsed = parseScenario(input);
  return present(parsed.ok ? parsed.value : null, `valid, and not ${JSON.stringify(parsed)}`);
}

/** An object with its fields in the other order; anything else as it is. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).reverse());
}
