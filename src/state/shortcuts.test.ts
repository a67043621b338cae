import { describe, expect, test } from 'vitest';
import { present } from '../base/assert.ts';
import { parseScenario } from '../scenario/parse.ts';
import { FILESYSTEMS } from '../scenario/schema-file.ts';
import { type Scenario } from '../scenario/schema.ts';
import { checked, editScenario } from './edits.ts';
import { firstVersion } from './scenario.ts';
import { SHORTCUTS, type ShortcutId } from './shortcuts.ts';
import { storeForTest } from './testing.ts';

const first = (): Scenario => firstVersion().scenario;

function taken(s: Scenario, id: ShortcutId, value: string | boolean): Scenario {
  const edited = checked(SHORTCUTS[id].set(s, value));
  if (!edited.ok) throw new Error(JSON.stringify(edited.error));
  return edited.value.scenario;
}

describe('a shortcut', () => {
  test.each(['append', 'cached', 'pollQueue', 'fault'] as const)('%s on and off is as before', (id) => {
    const on = taken(first(), id, true);
    expect(SHORTCUTS[id].get(first())).toBe(false);
    expect(SHORTCUTS[id].get(on)).toBe(true);
    expect(taken(on, id, false)).toEqual(first());
  });

  test('split makes the I/Os larger where there is nothing to split', () => {
    const on = taken(first(), 'split', true);
    expect(SHORTCUTS.split.get(on)).toBe(true);
    expect(on.actors[0]?.bs_write).toEqual([{ bytes: 16_384, weight: 1 }]);
    const again = taken(taken(on, 'split', false), 'split', true);
    expect(SHORTCUTS.split.get(again)).toBe(true);
    expect(again.machine.nvme.max_transfer_bytes).toBe(8192);
  });

  test.each(FILESYSTEMS)('offers the states of blocks that %s has, and sets each', (filesystem) => {
    const newer = { ...first(), kernel: { name: '7.3.4' as const, switches: {} } }; // FUSE is not in older ones
    const edited = editScenario(newer, ['files', 0, 'filesystem'], filesystem);
    if (!edited.ok) throw new Error(filesystem);
    for (const state of SHORTCUTS.extentState.options?.(edited.value.scenario) ?? []) {
      const next = taken(edited.value.scenario, 'extentState', state);
      expect(SHORTCUTS.extentState.get(next)).toBe(state);
      expect(parseScenario(next).ok).toBe(true);
      const appending = taken(taken(edited.value.scenario, 'append', true), 'extentState', state);
      expect(SHORTCUTS.extentState.get(appending)).toBe(state);
    }
  });

  test('says so when the extents are more than it can choose', () => {
    const half = { offset_bytes: 0, length_bytes: 4096, state: 'hole' as const };
    const [file] = first().files;
    const s = { ...first(), files: [{ ...present(file, 'the preset has a file'), extents: [half] }] };
    expect(SHORTCUTS.extentState.get(s)).toBe('as listed');
  });

  test('is one step of undo, and names what it cannot do', () => {
    const { store } = storeForTest();
    store.getState().take('append', true);
    store.getState().undo();
    expect(store.getState().version.scenario).toEqual(first());
    store.getState().edit(['machine', 'nvme', 'queue_depth'], 2);
    store.getState().edit(['actors', 0, 'hipri'], true);
    store.getState().edit(['files', 0, 'overlay'], true);
    expect(store.getState().refused).toBe('files.0.overlay');
    expect(store.getState().problems[0]?.field).toBe('actors.0.hipri');
  });
});

test('another filesystem takes only the extents that it has', () => {
  const shared = taken(first(), 'extentState', 'shared');
  const edited = editScenario(shared, ['files', 0, 'filesystem'], 'ext4');
  if (!edited.ok) throw new Error('ext4 is refused');
  expect(edited.value.scenario.files[0]?.extents).toEqual([]);
  expect(edited.value.followed).toHaveLength(1);
});

test('FUSE takes only buffered writes, and only it has a daemon that can fail one', () => {
  const on = (s: Scenario, filesystem: string): Scenario => {
    const edited = editScenario(s, ['files', 0, 'filesystem'], filesystem);
    if (!edited.ok) throw new Error(JSON.stringify(edited.error));
    return edited.value.scenario;
  };
  const [actor] = first().actors;
  const reader = { ...present(actor, 'the preset has a job'), rw: 'randread' as const };
  const fuse = on({ ...first(), kernel: { name: '7.3.4', switches: {} }, actors: [reader] }, 'fuse');
  expect(fuse.actors[0]).toMatchObject({ rw: 'write', direct: false });
  const failing = editScenario(fuse, ['files', 0, 'fail_write'], 1);
  if (!failing.ok) throw new Error('the daemon cannot fail');
  expect(on(failing.value.scenario, 'xfs').files[0]?.fail_write).toBe(0);
  expect(editScenario(first(), ['files', 0, 'filesystem'], 'fuse').ok).toBe(false); // v6.5
});
