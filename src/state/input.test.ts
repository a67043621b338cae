import { expect, test, vi } from 'vitest';
import { encodeLink } from '../link/link.ts';
import { LINK_PRESETS, linkStateOf } from './link-view.ts';
import { storeForTest, storeWithRun } from './testing.ts';

test('a fio command becomes a scenario, and the dialog says what became of its options', () => {
  const { store, host } = storeForTest();
  store
    .getState()
    .openText(
      'fio --name=x --rw=randwrite --direct=1 --ioengine=io_uring --size=1M --nosuch=1',
      'the clipboard',
    );
  expect(host.started.at(-1)?.actors[0]).toMatchObject({ name: 'x', rw: 'randwrite', ioengine: 'io_uring' });
  expect(store.getState().version.origin.kind).toBe('fio');
  expect(store.getState().dialog).toBe('fio');
});

test('a fio job with a mistake is shown in the dialog and runs nothing', () => {
  const { store, host } = storeForTest();
  store.getState().openText('[job]\nrw=sideways\n', 'a file');
  expect(host.started).toEqual([]);
  expect(store.getState()).toMatchObject({ dialog: 'fio', fioDraft: '[job]\nrw=sideways\n' });
});

test('a saved scenario opens again', () => {
  const { store, host } = storeForTest();
  store.getState().edit(['seed'], 77);
  store.getState().openText(JSON.stringify(store.getState().version.scenario), 'saved.json');
  expect(host.started.at(-1)?.seed).toBe(77);
  expect(store.getState().version.origin).toEqual({ kind: 'file' });
});

test.each([
  ['{"version": 1', 'is not JSON'],
  ['{"version": 1, "machine": {"cpus": 0}}', 'cannot run'],
  ['hello', 'neither a fio job, nor a scenario, nor a link'],
])('%j is refused with a reason', (text, reason) => {
  const { store, host } = storeForTest();
  store.getState().openText(text, 'x');
  expect(host.started).toEqual([]);
  expect(store.getState().messages[0]?.text).toContain(reason);
});

test('a problem of a scenario names its field', () => {
  const { store } = storeForTest();
  const { scenario } = store.getState().version;
  store.getState().openText(JSON.stringify({ ...scenario, machine: { ...scenario.machine, cpus: 0 } }), 'x');
  expect(store.getState().messages[0]?.details.join()).toMatch(/machine\.cpus 0 .*1/);
});

test('a pasted link opens what was sent', async () => {
  const sender = storeWithRun().store;
  sender.getState().edit(['seed'], 5);
  const link = await encodeLink(linkStateOf(sender.getState()), LINK_PRESETS);
  const { store, host } = storeWithRun();
  store.getState().openText(`https://example.org/bioscope/#${link.ok ? link.value : ''}`, 'the clipboard');
  await vi.waitFor(() => expect(host.started.at(-1)?.seed).toBe(5));
});
