import { expect, test } from 'vitest';
import { storeForTest } from './testing.ts';

test('a newer message takes the place of an older one about the same, and success clears it', () => {
  const { store } = storeForTest();
  const texts = (): string[] => store.getState().messages.map((m) => m.text);
  store.getState().openPreset('no-such');
  store.getState().openText('???', 'the clipboard');
  expect(texts()).toEqual([expect.stringContaining('the clipboard')]);
  store.getState().say('link', 'warning', 'broken');
  expect(texts()).toHaveLength(2);
  store.getState().openPreset('psync-write');
  expect(texts()).toEqual([]);
});

test('Escape closes the newest message before it clears anything', () => {
  const { store } = storeForTest();
  store.getState().setRange({ t0_ns: 1, t1_ns: 2 });
  store.getState().say('link', 'warning', 'first');
  store.getState().say('input', 'error', 'second');
  store.getState().escape();
  expect(store.getState().messages.map((m) => m.text)).toEqual(['first']);
  store.getState().escape();
  expect(store.getState()).toMatchObject({ messages: [], range: { t0_ns: 1, t1_ns: 2 } });
  store.getState().escape();
  expect(store.getState().range).toBe(null);
});
