import { describe, expect, test } from 'vitest';
import type { Finding, Severity } from '../analysis/monitor.ts';
import { NO_OBJECT, type Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { storeForTest, storeWithRun } from './testing.ts';

describe('stepping', () => {
  test('goes there and back over the same events', () => {
    const { store } = storeWithRun();
    store.getState().goToStart();
    const visited: number[] = [];
    while (store.getState().stepBy(1)) visited.push(store.getState().cursor);
    expect(store.getState().isAtEnd()).toBe(true);
    const back: number[] = [];
    while (store.getState().stepBy(-1)) back.push(store.getState().cursor);
    expect(back.reverse()).toEqual([0, ...visited.slice(0, -1)]);
  });

  test('stops at the end and says so, also with several steps at once', () => {
    const { store } = storeWithRun();
    store.getState().goToEnd();
    expect(store.getState().stepBy(1)).toBe(false);
    store.getState().goToStart();
    expect(store.getState().stepBy(100_000)).toBe(false);
    expect(store.getState().isAtEnd()).toBe(true);
  });

  test('by decision stops only there; along an I/O only at its events', () => {
    const { store } = storeWithRun();
    const { log } = store.getState().recording ?? {};
    store.getState().goToStart();
    store.getState().stepBy(1, 'decision');
    expect(log?.kind(store.getState().cursor)).toBe(Ev.Decide);
    const io = log?.object(store.getState().cursor);
    for (let i = 0; i < 4; i++) {
      store.getState().stepBy(1, 'io');
      expect(log?.object(store.getState().cursor)).toBe(io);
    }
  });

  test('along an I/O from an event that belongs to none goes to the nearest one, both ways', () => {
    const { store, host } = storeForTest();
    store.getState().startRun();
    host.finish(5);
    store.getState().goToStart();
    expect(store.getState().stepBy(1, 'io')).toBe(true);
    const { recording, cursor, io } = store.getState();
    expect(recording?.log.objectName(io ?? 0)).toBe('io_kiocb 1');
    expect(cursor).toBe(7);
    store.getState().escape();
    store.getState().goToEnd();
    expect(store.getState().stepBy(-1, 'io')).toBe(true);
    store.getState().escape();
    store.getState().goToStart();
    store.getState().selectIoAtCursor();
    expect(store.getState().io).toBe(io);
  });

  test('from hazard to hazard goes both ways and begins again at the other end', () => {
    const { store } = storeWithRun();
    const finding = (row: number, severity: Severity): Finding => ({
      ...{ monitor: 'bio-ends-once', severity, time_ns: 0, message: 'it is wrong' },
      row: row as Row,
      object: NO_OBJECT,
    });
    store.setState({ findings: [finding(9, 'error'), finding(3, 'warning'), finding(6, 'info')] });
    store.getState().goToStart();
    const visit = (by: 1 | -1): number => {
      store.getState().goToHazard(by);
      expect(store.getState().selection).toBe(store.getState().cursor);
      return store.getState().cursor;
    };
    expect([visit(1), visit(1), visit(1), visit(1), visit(-1), visit(-1)]).toEqual([3, 6, 9, 3, 9, 6]);
    store.setState({ findings: [] });
    store.getState().goToHazard(1);
    expect(store.getState().cursor).toBe(6);
  });

  test('without a log nothing moves', () => {
    const { store } = storeForTest();
    expect(store.getState().stepBy(1)).toBe(false);
    store.getState().goToStart();
    store.getState().play();
    expect(store.getState().playing).toBe(false);
  });
});

describe('playing', () => {
  test('takes as many steps as its speed says, and stops at the end', () => {
    const { store } = storeWithRun();
    store.getState().goToStart();
    store.getState().setSpeed(10);
    store.getState().play();
    store.getState().advance(250);
    expect(store.getState().cursor).toBe(2);
    store.getState().advance(50); // the halves add up
    expect(store.getState().cursor).toBe(3);
    store.getState().advance(60_000);
    expect(store.getState()).toMatchObject({ playing: false });
    expect(store.getState().isAtEnd()).toBe(true);
  });

  test('pauses when something is looked at', () => {
    const { store } = storeWithRun();
    for (const look of ['moveCursor', 'openDialog'] as const) {
      store.getState().play();
      if (look === 'moveCursor') store.getState().moveCursor(3 as Row);
      else store.getState().openDialog('help');
      expect(store.getState().playing).toBe(false);
    }
  });
});

describe('the lists', () => {
  test('are closed in a low window until they are opened, which is remembered', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
    };
    const { store } = storeForTest(storage);
    store.getState().fitPanels(800);
    expect(store.getState().panels).toEqual({ controls: true, inspector: true, drawer: false });
    store.getState().showTab('statistics');
    expect(store.getState().panels.drawer).toBe(true);
    const { store: again } = storeForTest(storage);
    again.getState().fitPanels(800);
    expect(again.getState().panels.drawer).toBe(true);
    store.getState().togglePanel('drawer');
    store.getState().fitPanels(1200);
    expect(store.getState().panels.drawer).toBe(false);
  });

  test('are open in a high window', () => {
    const { store } = storeForTest();
    store.getState().fitPanels(1100);
    expect(store.getState().panels.drawer).toBe(true);
  });
});

describe('cursor, selection and range', () => {
  test('are three things; Escape leaves the selection, then the range, never the cursor', () => {
    const { store } = storeWithRun();
    const { cursor } = store.getState();
    store.getState().select(cursor);
    store.getState().setRange({ t0_ns: 10, t1_ns: 20 });
    store.getState().escape();
    expect(store.getState()).toMatchObject({
      selection: null,
      io: null,
      range: { t0_ns: 10, t1_ns: 20 },
      cursor,
    });
    store.getState().escape();
    expect(store.getState()).toMatchObject({ range: null, cursor });
    store.getState().escape();
    expect(store.getState().cursor).toBe(cursor);
  });

  test('a mark and the cursor make a range, whichever comes first', () => {
    const { store } = storeWithRun();
    store.getState().moveCursor(6 as Row);
    store.getState().markRange();
    store.getState().moveCursor(2 as Row);
    store.getState().markRange();
    expect(store.getState().range).toEqual({ t0_ns: 20, t1_ns: 60 });
    store.getState().markRange();
    expect(store.getState().range).toEqual({ t0_ns: 20, t1_ns: 20 });
  });

  test('the range of a selected call goes to its end', () => {
    const { store } = storeWithRun();
    const { cursor, recording } = store.getState();
    store.getState().select(cursor);
    store.getState().rangeFromSelection();
    expect(store.getState().range).toEqual({
      t0_ns: recording?.log.time(cursor),
      t1_ns: recording?.log.time(cursor + 2),
    });
  });

  test('a kept range outlasts Escape, and the whole run can be the range', () => {
    const { store } = storeWithRun();
    store.getState().rangeAll();
    const { range, recording, rows } = store.getState();
    expect(range).toEqual({ t0_ns: 0, t1_ns: recording?.log.time(rows - 1) });
    store.getState().keepRange();
    for (let i = 0; i < 3; i++) store.getState().escape();
    expect(store.getState().range).toEqual(range);
    store.getState().keepRange();
    store.getState().escape();
    expect(store.getState().range).toBe(null);
  });

  test('following a cause leads to the start of the run', () => {
    const { store } = storeWithRun();
    for (let i = 0; i < 10; i++) store.getState().goToCause();
    expect(store.getState().cursor).toBe(0);
  });
});

describe('the first look at a fresh run', () => {
  /** The looks that the timeline is offered; it answers with a window, as the page's does. */
  function looks(store: ReturnType<typeof storeForTest>['store']): boolean[] {
    const seen: boolean[] = [];
    store.subscribe((s, before) => {
      if (s.firstLook === null || s.firstLook === before.firstLook) return;
      seen.push(s.pendingPlace !== null); // then the window that follows is no step of the reader's
      s.setWindow({ from: s.firstLook.t0_ns, to: s.firstLook.t1_ns });
    });
    return seen;
  }

  test('is at the I/O of the cursor, once, and makes no history', () => {
    const { store, host } = storeForTest();
    const seen = looks(store);
    store.getState().startRun();
    host.finish();
    expect(seen).toEqual([true]);
    const { window, pendingPlace, firstLook } = store.getState();
    expect(window?.to).toBeGreaterThan(window?.from ?? Infinity);
    expect([pendingPlace, firstLook]).toEqual([null, null]);
  });

  test('is taken, too, when the first call comes after the first chunk of the log', () => {
    const { store, host } = storeForTest();
    const seen = looks(store);
    store.getState().startRun();
    host.finish(5000);
    expect(seen).toEqual([true]);
    expect(store.getState().cursor).toBeGreaterThan(5000);
  });

  test('is not taken after an edit, nor by who has a window already', () => {
    const { store, host } = storeForTest();
    store.getState().setWindow({ from: 1, to: 2 });
    const seen = looks(store);
    store.getState().startRun();
    host.finish();
    store.getState().setWindow(null);
    store.getState().edit(['seed'], 7);
    host.finish();
    expect(seen).toEqual([]);
    store.getState().openPreset('psync-write');
    host.finish();
    expect(seen).toEqual([true]);
  });
});
