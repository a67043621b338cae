import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../experiment/plan.ts';
import { swept } from '../experiment/testing.ts';
import { linkStateOf, viewOfLink } from './link-view.ts';
import { storeForTest } from './testing.ts';

describe('the experiment of the page', () => {
  test('runs with progress to a result, which stays while another runs', () => {
    const { store, sweeps } = storeForTest();
    const result = swept({ ...DEFAULTS, cv_percent: [50], seeds: 1 });
    store.getState().startExperiment(DEFAULTS);
    sweeps.events?.progress(3, 30);
    expect(store.getState().experiment).toEqual({ kind: 'running', done: 3, total: 30 });
    sweeps.events?.done(result);
    expect(store.getState()).toMatchObject({ experiment: { kind: 'idle' }, experimentResult: result });
    store.getState().startExperiment(DEFAULTS);
    sweeps.events?.progress(0, 30);
    expect(store.getState().experimentResult).toBe(result);
    store.getState().cancelExperiment();
    expect(store.getState().experiment).toEqual({ kind: 'idle' });
    expect(sweeps.cancelled).toBe(1);
  });

  test('a failure is told', () => {
    const { store, sweeps } = storeForTest();
    store.getState().startExperiment(DEFAULTS);
    sweeps.events?.failed('boom');
    expect(store.getState().experiment).toEqual({ kind: 'failed', message: 'boom' });
  });

  test('a link opens it, and one of another view closes it', () => {
    const { store } = storeForTest();
    store.getState().openDialog('experiment');
    const { view } = linkStateOf(store.getState());
    expect(view.view).toBe('experiment');
    const { usualPanels } = store.getState();
    expect(viewOfLink(view, usualPanels)).toMatchObject({ dialog: 'experiment', view: 'timeline' });
    store.getState().closeDialog();
    const closed = linkStateOf(store.getState()).view;
    expect(closed.view).toBeNull();
    expect(viewOfLink(closed, usualPanels)).toMatchObject({ dialog: null });
  });
});
