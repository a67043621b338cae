import { expect, test } from 'vitest';
import { storeForTest } from './testing.ts';

function memory(stored: string | null): Pick<Storage, 'getItem' | 'setItem'> & { text: string | null } {
  return {
    text: stored,
    getItem() {
      return this.text;
    },
    setItem(_, value) {
      this.text = value;
    },
  };
}

test('settings are remembered', () => {
  const storage = memory(null);
  storeForTest(storage).store.getState().changeSettings({ theme: 'dark', letterKeys: false });
  expect(storeForTest(storage).store.getState().settings).toMatchObject({ theme: 'dark', letterKeys: false });
});

test.each([
  '',
  'not JSON',
  '[]',
  'null',
  '{"theme":"pink","letterKeys":"no"}',
  '{"__proto__":{"theme":"dark"}}',
])('damaged settings %j are the defaults', (stored) => {
  expect(storeForTest(memory(stored)).store.getState().settings).toEqual({
    theme: 'system',
    letterKeys: true,
    wheelZooms: false,
    jiffyGrid: true,
    drawer_px: null,
    drawerOpen: null,
    hintSeen: false,
  });
});

test('a damaged field does not take the others along', () => {
  const { settings } = storeForTest(memory('{"theme":"pink","wheelZooms":true}')).store.getState();
  expect(settings).toMatchObject({ theme: 'system', wheelZooms: true });
});

test('a browser that forbids storage is told of, and the setting holds for now', () => {
  const storage = {
    getItem: () => {
      throw new Error('forbidden');
    },
    setItem: () => {
      throw new Error('forbidden');
    },
  };
  const { store } = storeForTest(storage);
  store.getState().changeSettings({ wheelZooms: true });
  expect(store.getState().settings.wheelZooms).toBe(true);
  expect(store.getState().messages[0]?.text).toContain('forbidden');
});
