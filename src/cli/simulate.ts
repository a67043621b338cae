import { LogView } from '../log/view.ts';
import { Run, type RunSummary } from '../run/run.ts';
import type { Scenario } from '../scenario/schema.ts';

/** Where a run has come to. */
export type Progress = { readonly rows: number; readonly time_ns: number };

/** A few tens of milliseconds. */
const SLICE_EVENTS = 50_000;

/** Runs a scenario to its end and tells after each slice how far it is. */
export function simulate(
  scenario: Scenario,
  tell: (progress: Progress) => void,
): { readonly log: LogView; readonly summary: RunSummary } {
  const log = new LogView();
  const run = new Run(scenario, (chunk) => log.add(chunk));
  while (run.advance(SLICE_EVENTS) === 'more') tell({ rows: run.rows, time_ns: run.time_ns });
  return { log, summary: run.summary };
}
