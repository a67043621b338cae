import { describe, expect, test } from 'vitest';
import { PRESETS } from '../scenario/presets.ts';
import { selectIsEdited, selectSource } from './selectors.ts';
import { storeForTest } from './testing.ts';

describe('editing a scenario', () => {
  test('a change runs at once and can be undone and done again', () => {
    const { store, host } = storeForTest();
    store.getState().edit(['actors', 0, 'iodepth'], 4);
    expect(host.started.at(-1)?.actors[0]?.iodepth).toBe(4);
    expect(selectIsEdited(store.getState())).toBe(true);
    expect(selectSource(store.getState())).toMatch(/^Edited: /);
    store.getState().undo();
    expect(host.started.at(-1)?.actors[0]?.iodepth).toBe(1);
    store.getState().redo();
    expect(host.started.at(-1)?.actors[0]?.iodepth).toBe(4);
  });

  test('a value out of range is refused, named with its field, and the scenario stays', () => {
    const { store, host } = storeForTest();
    const before = store.getState().version;
    store.getState().edit(['machine', 'cpus'], 1000);
    expect(store.getState().problems).toEqual([
      { field: 'machine.cpus', value: '1000', message: expect.stringContaining('256') as string },
    ]);
    expect(store.getState().version).toBe(before);
    expect(host.started).toEqual([]);
    store.getState().edit(['machine', 'cpus'], 4);
    expect(store.getState().problems).toEqual([]);
  });

  test('fewer CPUs take queues and masks along, and the page is told', () => {
    const { store } = storeForTest();
    store.getState().edit(['machine', 'cpus'], 1);
    const { scenario } = store.getState().version;
    expect(scenario.machine.nvme.queues).toBe(1);
    expect(scenario.actors[0]?.cpus_allowed).toBeUndefined();
    expect(store.getState().followed).toHaveLength(2);
  });

  test('hipri on io_uring brings a poll queue, psync a depth of 1', () => {
    const { store } = storeForTest();
    store.getState().edit(['actors', 0, 'hipri'], true);
    expect(store.getState().version.scenario.machine.nvme.poll_queues).toBe(1);
    store.getState().edit(['actors', 0, 'iodepth'], 8);
    store.getState().edit(['actors', 0, 'ioengine'], 'psync');
    expect(store.getState().version.scenario.actors[0]?.iodepth).toBe(1);
  });

  test('jobs on a file that becomes a block device go through the page cache, and the page is told', () => {
    const { store } = storeForTest();
    store.getState().edit(['files', 0, 'filesystem'], 'blkdev');
    expect(store.getState().problems).toEqual([]);
    expect(store.getState().version.scenario.actors.every(({ direct }) => !direct)).toBe(true);
    expect(store.getState().followed.join()).toContain('direct I/O on blkdev is not modelled');
  });

  test('a thread that submits and COOP or DEFER_TASKRUN exclude each other: what was set last stays', () => {
    const { store } = storeForTest();
    const { edit } = store.getState();
    const job = () => store.getState().version.scenario.actors[0];
    edit(['actors', 0, 'ioengine'], 'io_uring');
    edit(['actors', 0, 'taskrun'], 'defer');
    edit(['actors', 0, 'sqthread_poll'], true);
    expect(job()).toMatchObject({ taskrun: 'default', sqthread_poll: true });
    edit(['actors', 0, 'sqthread_poll_cpu'], 1);
    edit(['machine', 'cpus'], 1);
    expect(job()?.sqthread_poll_cpu).toBe(undefined);
    edit(['actors', 0, 'taskrun'], 'coop');
    expect(job()).toMatchObject({ taskrun: 'coop', sqthread_poll: false });
    expect(store.getState().followed).toHaveLength(1);
  });

  test('a switch flipped back leaves no trace, and another kernel takes all flips away', () => {
    const { store } = storeForTest();
    store.getState().flipSwitch('ISSUER_REQUESTS', true);
    expect(store.getState().version.scenario.kernel.switches).toEqual({ ISSUER_REQUESTS: true });
    store.getState().flipSwitch('ISSUER_REQUESTS', false);
    expect(store.getState().version.scenario.kernel.switches).toEqual({});
    expect(selectIsEdited(store.getState())).toBe(false);
    store.getState().flipSwitch('ISSUER_REQUESTS', true);
    store.getState().chooseKernel('v6.5');
    expect(store.getState().version.scenario.kernel).toEqual({ name: 'v6.5', switches: {} });
  });

  test.each(PRESETS.map((p) => p.id))('the preset %s opens and runs', (id) => {
    const { store, host } = storeForTest();
    store.getState().openPreset(id);
    expect(host.started).toHaveLength(1);
    expect(store.getState().version.origin).toEqual({ kind: 'preset', id });
  });

  test('undo over the opening of another scenario looks afresh, undo of an edit keeps the view', () => {
    const { store } = storeForTest();
    store.getState().openPreset('psync-write');
    store.getState().edit(['seed'], 3);
    store.getState().setWindow({ from: 1, to: 2 });
    store.getState().undo();
    expect(store.getState().window).toEqual({ from: 1, to: 2 });
    store.getState().undo();
    expect(store.getState().window).toBe(null);
  });

  test('a preset that does not exist is a message, not a failure', () => {
    const { store } = storeForTest();
    store.getState().openPreset('no-such');
    expect(store.getState().messages[0]?.text).toContain('no-such');
  });
});
