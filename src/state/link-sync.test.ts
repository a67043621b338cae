import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Row } from '../base/units.ts';
import { type AddressBar, LinkSync, REST_MS, SCRUB_MS } from './link-sync.ts';
import { type ScriptedHost, storeForTest } from './testing.ts';
import type { AppStore } from './store.ts';

/** A history as browsers keep it: push drops what was ahead. */
class FakeBar implements AddressBar {
  entries: string[];
  at = 0;
  private listener: () => void = () => undefined;

  constructor(fragment = '') {
    this.entries = [fragment];
  }
  fragment(): string {
    return this.entries[this.at] ?? '';
  }
  push(fragment: string): void {
    this.entries = [...this.entries.slice(0, ++this.at), fragment];
  }
  replace(fragment: string): void {
    this.entries[this.at] = fragment;
  }
  onNavigate(listener: () => void): () => void {
    this.listener = listener;
    return () => (this.listener = () => undefined);
  }
  go(by: number): void {
    this.at += by;
    this.listener();
  }
}

type Page = { store: AppStore; host: ScriptedHost; bar: FakeBar; sync: LinkSync };

async function open(fragment = ''): Promise<Page> {
  const { store, host } = storeForTest();
  const bar = new FakeBar(fragment);
  const sync = new LinkSync(store, bar);
  await sync.start();
  host.finish();
  await rest();
  return { store, host, bar, sync };
}

/** Until the gesture is closed and everything is written; compressing a scenario takes real time. */
async function rest(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await vi.advanceTimersByTimeAsync(Math.max(REST_MS, SCRUB_MS) + 1);
    await new Promise<void>((done) => realTimeout(done, 2));
  }
}
const realTimeout = setTimeout;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the address', () => {
  test('is a short link to the first preset on an empty page', async () => {
    const { bar, store } = await open();
    expect(store.getState().version.origin).toEqual({ kind: 'preset', id: 'overwrite-workqueue' });
    expect(bar.entries).toHaveLength(1);
    expect(bar.fragment()).toMatch(/^v=1&s=overwrite-workqueue&/);
    expect(bar.fragment().length).toBeLessThan(500);
  });

  test('follows scrubbing without new entries', async () => {
    const { bar, store } = await open();
    for (let row = 1; row < 10; row++) store.getState().moveCursor(row as Row);
    await rest();
    expect(bar.entries).toHaveLength(1);
    expect(bar.fragment()).toContain('t=90');
  });

  test('has one entry for a whole gesture, and another for the next', async () => {
    const { bar, store } = await open();
    for (let i = 1; i <= 20; i++) store.getState().setWindow({ from: i, to: 100 - i });
    await rest();
    expect(bar.entries).toHaveLength(2);
    store.getState().setWindow({ from: 40, to: 50 });
    await rest();
    expect(bar.entries).toHaveLength(3);
  });

  test('a click that moves the cursor and selects is one entry', async () => {
    const { bar, store } = await open();
    store.getState().moveCursor(5 as Row);
    store.getState().select(5 as Row);
    await rest();
    expect(bar.entries).toHaveLength(2);
  });

  test('is not written while the run plays, but when it pauses', async () => {
    const { bar, store } = await open();
    store.getState().goToStart();
    await rest();
    const before = bar.fragment();
    store.getState().play();
    store.getState().advance(1000);
    await rest();
    expect(bar.fragment()).toBe(before);
    store.getState().pause();
    await rest();
    expect(bar.fragment()).not.toBe(before);
  });

  test('an edit that runs again is one entry, also when the run finds its place again', async () => {
    const { bar, store, host } = await open();
    store.getState().select(5 as Row);
    await rest();
    store.getState().edit(['seed'], 9);
    host.finish(3);
    await rest();
    expect(bar.entries).toHaveLength(3);
    expect(bar.fragment()).toContain('sel=');
  });
});

describe('back and forward', () => {
  test('undo a zoom and bring it back, without a new run', async () => {
    const { bar, store, host } = await open();
    store.getState().setWindow({ from: 10, to: 20 });
    await rest();
    bar.go(-1);
    await rest();
    expect(store.getState().window).toBe(null);
    bar.go(1);
    await rest();
    expect(store.getState().window).toEqual({ from: 10, to: 20 });
    expect(host.started).toHaveLength(1);
    expect(bar.entries).toHaveLength(2);
  });

  test('bring an edited scenario back, and undo still knows the other', async () => {
    const { bar, store, host } = await open();
    store.getState().edit(['seed'], 9);
    host.finish();
    await rest();
    bar.go(-1);
    await rest();
    expect(host.started.at(-1)?.seed).toBe(1);
    host.finish();
    await rest();
    store.getState().undo();
    expect(store.getState().version.scenario.seed).toBe(9);
  });
});

describe('a link opens to the same view', () => {
  test('cursor, selection, range, zoom and scenario, after the same run', async () => {
    const sender = await open();
    sender.store.getState().edit(['seed'], 9);
    sender.host.finish();
    sender.store.getState().moveCursor(7 as Row);
    sender.store.getState().select(4 as Row);
    sender.store.getState().setRange({ t0_ns: 20, t1_ns: 60 });
    sender.store.getState().setWindow({ from: 1, to: 99 });
    await rest();
    const receiver = await open(sender.bar.fragment());
    const keys = ['cursor', 'selection', 'io', 'range', 'window', 'axis'] as const;
    for (const key of keys) expect(receiver.store.getState()[key], key).toEqual(sender.store.getState()[key]);
    expect(receiver.store.getState().version.scenario).toEqual(sender.store.getState().version.scenario);
    expect(await receiver.sync.current()).toBe(await sender.sync.current());
  });

  test('a broken one says what is wrong, and the page works', async () => {
    const { store, host } = await open('v=1&s=overwrite-workqueue&t=yesterday&zz=1&r=9~1');
    const [message] = store.getState().messages;
    expect(message?.severity).toBe('warning');
    expect(message?.details.join('\n')).toContain('yesterday');
    expect(message?.details.length).toBe(3);
    expect(host.started).toHaveLength(1);
    expect(store.getState().runStatus).toBe('done');
  });

  test('one that points at an event that is not in the run says so, and shows the first look', async () => {
    const { store } = await open('v=1&s=overwrite-workqueue&e=bio.99~nothing');
    const usual = await open('v=1&s=overwrite-workqueue');
    expect(store.getState().messages.flatMap((m) => m.details)).toEqual([
      'The event “bio.99~nothing” is not in this run; shown instead: the first look at the run.',
    ]);
    expect(store.getState().cursor).toBe(usual.store.getState().cursor);
  });

  test('one to an unknown preset drops the place, which was in another run', async () => {
    const usual = await open('v=1&s=overwrite-workqueue');
    const { store } = await open('v=1&s=no-such&t=20&r=1~2&sel=task.1~x');
    const { cursor, range, messages } = store.getState();
    expect({ cursor, range }).toEqual({ cursor: usual.store.getState().cursor, range: null });
    expect(messages).toHaveLength(1);
  });

  test('a newer one is told in one sentence', async () => {
    const { store } = await open('v=2&s=overwrite-workqueue&t=20');
    expect(store.getState().messages.map((m) => m.text)).toEqual([
      'This link comes from a newer bioscope (format 2; this one reads 1). What is understood of it is shown.',
    ]);
  });

  test.each(['%%%', 'v=99&s=nothing', 'x'.repeat(50_000), 'z=AAAA&v=1', '__proto__=1'])(
    'a hostile one (%#) still shows a run',
    async (fragment) => {
      const { store } = await open(fragment);
      expect(store.getState().runStatus).toBe('done');
      expect(store.getState().messages.length).toBeGreaterThan(0);
    },
  );
});
