import { describe, expect, test } from 'vitest';
import { DELAY_SWEEP_DEFAULTS } from '../experiment/delay-sweep.ts';
import { DEFAULTS } from '../experiment/plan.ts';
import { delaySwept, swept } from '../experiment/testing.ts';
import { linkStateOf, viewOfLink } from './link-view.ts';
import { storeForTest } from './testing.ts';
import { PUBLISHED_DIALOGS } from './view.ts';

const JOB = { experiment: 'caller-comp', options: DEFAULTS } as const;
const DELAY = { experiment: 'in-task-delay', options: DELAY_SWEEP_DEFAULTS } as const;

describe('the experiment of the page', () => {
  test('runs with progress to a result, which stays while another runs', () => {
    const { store, sweeps } = storeForTest();
    const result = swept({ ...DEFAULTS, cv_percent: [50], seeds: 1 });
    store.getState().startExperiment(JOB);
    sweeps.events?.progress(3, 30);
    expect(store.getState().experiment).toEqual({
      kind: 'running',
      experiment: 'caller-comp',
      done: 3,
      total: 30,
    });
    sweeps.events?.done(result);
    expect(store.getState()).toMatchObject({ experiment: { kind: 'idle' }, experimentResult: result });
    store.getState().startExperiment(JOB);
    sweeps.events?.progress(0, 30);
    expect(store.getState().experimentResult).toBe(result);
    store.getState().cancelExperiment();
    expect(store.getState().experiment).toEqual({ kind: 'idle' });
    expect(sweeps.cancelled).toBe(1);
  });

  test('each has a result of its own', () => {
    const { store, sweeps } = storeForTest();
    const result = delaySwept(DELAY_SWEEP_DEFAULTS);
    store.getState().startExperiment(DELAY);
    sweeps.events?.done(result);
    expect(store.getState()).toMatchObject({ delayResult: result, experimentResult: null });
  });

  test('a failure is told', () => {
    const { store, sweeps } = storeForTest();
    store.getState().startExperiment(JOB);
    sweeps.events?.failed('boom');
    expect(store.getState().experiment).toEqual({
      kind: 'failed',
      experiment: 'caller-comp',
      message: 'boom',
    });
  });

  test.each(PUBLISHED_DIALOGS)('a link opens %s, and one of another view closes it', (dialog) => {
    const { store } = storeForTest();
    store.getState().openDialog(dialog);
    const { view } = linkStateOf(store.getState());
    expect(view.view).toBe(dialog);
    const { usualPanels } = store.getState();
    expect(viewOfLink(view, usualPanels)).toMatchObject({ dialog, view: 'timeline' });
    store.getState().closeDialog();
    const closed = linkStateOf(store.getState()).view;
    expect(closed.view).toBeNull();
    expect(viewOfLink(closed, usualPanels)).toMatchObject({ dialog: null });
  });
});
