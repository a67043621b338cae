import { describe, expect, test } from 'vitest';
import type { Row } from '../base/units.ts';
import { Ev } from '../log/events.ts';
import { storeForTest, storeWithRun } from './testing.ts';

describe('a run', () => {
  test('shows its log when it has ended, with the cursor at the end of the first I/O', () => {
    const { store } = storeWithRun();
    const { recording, cursor, runStatus } = store.getState();
    expect(runStatus).toBe('done');
    expect(recording?.log.name(cursor)).toBe('iomap_dio_complete');
    expect(recording?.log.kind(cursor)).toBe(Ev.Enter);
  });

  test('the old log stays on screen until the new one has begun, and then for comparison', () => {
    const { store, host } = storeWithRun();
    const first = store.getState().recording;
    store.getState().edit(['seed'], 2);
    expect(store.getState().recording).toBe(first);
    expect(store.getState().runStatus).toBe('running');
    host.finish();
    expect(store.getState().recording).not.toBe(first);
    expect(store.getState().previous).toBe(first);
    store.getState().dismissChange();
    expect(store.getState().previous).toBe(null);
  });

  test('cursor, selection and I/O are found again by what they mean, though rows have moved', () => {
    const { store, host } = storeWithRun();
    const before = store.getState();
    const row = before.cursor;
    before.select(row);
    store.getState().edit(['seed'], 2);
    host.finish(5);
    const after = store.getState();
    expect(after.cursor).toBe(row + 5);
    expect(after.selection).toBe(row + 5);
    expect(after.recording?.log.objectName(after.io ?? 0)).toBe('io_kiocb 1');
    expect(after.pendingPlace).toBe(null);
  });

  test('where the reader goes while it runs is where the reader stays', () => {
    const { store, host } = storeWithRun();
    store.getState().edit(['seed'], 2);
    store.getState().moveCursor(2 as Row); // still in the old log
    host.finish(5);
    expect(store.getState().cursor).toBe(7);
  });

  test('another scenario altogether is looked at afresh', () => {
    const { store, host } = storeWithRun();
    store.getState().select(store.getState().cursor);
    store.getState().setRange({ t0_ns: 0, t1_ns: 50 });
    store.getState().openPreset('psync-write');
    host.finish(5);
    expect(store.getState()).toMatchObject({ selection: null, range: null, window: null });
  });

  test('a failure keeps the scenario and says why', () => {
    const { store, host } = storeForTest();
    store.getState().startRun();
    host.fail('out of luck');
    expect(store.getState()).toMatchObject({ runStatus: 'failed', failure: 'out of luck' });
    store.getState().startRun();
    host.finish();
    expect(store.getState()).toMatchObject({ runStatus: 'done', failure: null });
  });

  test('cancelling stops the host once and keeps what is there', () => {
    const { store, host } = storeForTest();
    store.getState().cancelRun();
    expect(host.cancelled).toBe(0);
    store.getState().startRun();
    store.getState().cancelRun();
    expect(host.cancelled).toBe(1);
    expect(store.getState().runStatus).toBe('cancelled');
  });

  test('after cancelling, rows and log agree, and the cursor is within them though it was further on', () => {
    const { store, host } = storeForTest();
    store.getState().startRun();
    host.finish(20);
    store.getState().goToEnd();
    store.getState().edit(['seed'], 2);
    host.begin();
    store.getState().cancelRun();
    const { rows, recording, cursor, isAtEnd } = store.getState();
    expect(rows).toBe(recording?.log.rows);
    expect(cursor).toBe(rows - 1);
    expect(isAtEnd()).toBe(true);
  });
});
