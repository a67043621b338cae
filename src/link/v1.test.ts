import { describe, expect, test } from 'vitest';
import { present } from '../base/assert.ts';
import { parseScenario } from '../scenario/parse.ts';
import { decodeLink, encodeLink } from './link.ts';
import { DEFAULT_VIEW } from './state.ts';
import { FIXTURE_PRESETS, V1_FIXTURES } from './v1.fixtures.ts';
import { VIEW_KEYS } from './view.ts';

describe('every form of a released link still opens to what it opened to', () => {
  test.each(V1_FIXTURES)('$form', async ({ fragment, preset, scenario, view }) => {
    const { state, problems } = await decodeLink(fragment, FIXTURE_PRESETS);
    expect(problems).toEqual([]);
    expect(state.view).toEqual({ ...DEFAULT_VIEW, ...view });
    expect(state.scenario).toEqual({ preset, scenario: valid(scenario) });
  });
});

test('the fixtures show every field of the view', () => {
  const shown = new Set(
    V1_FIXTURES.flatMap((f) => f.fragment.split('&').map((field) => field.split('=')[0])),
  );
  expect([...VIEW_KEYS].filter((key) => !shown.has(key))).toEqual([]);
});

test.each(V1_FIXTURES)('written again, a link opens to the same: $form', async ({ fragment }) => {
  const { state } = await decodeLink(fragment, FIXTURE_PRESETS);
  const again = await encodeLink(state, FIXTURE_PRESETS);
  expect(again.ok).toBe(true);
  const back = await decodeLink(again.ok ? again.value : '', FIXTURE_PRESETS);
  expect(back.state).toEqual(state);
  expect(back.problems).toEqual([]);
});

/** The scenario with its defaults. */
function valid(input: unknown) {
  const parsed = parseScenario(input);
  return present(parsed.ok ? parsed.value : null, 'a fixture is a valid scenario');
}
