import { type Flow, flowsOf } from '../analysis/journey.ts';
import type { Finding } from '../analysis/monitor.ts';
import { NO_ROW, type ObjectId, type Row } from '../base/units.ts';
import type { LogView } from '../log/view.ts';
import { jiffy_ns } from '../scenario/schema-machine.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { AppState } from './app-state.ts';
import { iosOfLog, memo } from './derived.ts';
import type { Recording } from './run.ts';
import type { RunSummary } from '../worker/client.ts';
import type { Family } from './stepping.ts';
import type { Flows } from './view.ts';

/** The object at the root of the I/O that an event is about, or null. */
export function ioOfRow(log: LogView, row: Row): ObjectId | null {
  if (row === NO_ROW || row >= log.rows) return null;
  const ios = iosOfLog(log);
  const io = ios.ofObject(log.object(row));
  return io < 0 ? null : ios.topObject(io);
}

/** The I/O that steps and details follow: the selected one, else that of the event at the cursor. */
export function selectIo(s: AppState): ObjectId | null {
  return s.io ?? (s.recording === null ? null : ioOfRow(s.recording.log, s.cursor));
}

/** The I/O of the first event from `row` on that belongs to one, else of the last before it; null in a log without. */
export function nearestIo(log: LogView, row: Row): ObjectId | null {
  const from = row === NO_ROW ? 0 : row;
  for (let r = from; r < log.rows; r++) {
    const io = ioOfRow(log, r as Row);
    if (io !== null) return io;
  }
  for (let r = Math.min(from, log.rows) - 1; r >= 0; r--) {
    const io = ioOfRow(log, r as Row);
    if (io !== null) return io;
  }
  return null;
}

/** The followed I/O with everything that belongs to it. */
export function selectFamily(s: AppState): Family | null {
  const top = selectIo(s);
  if (top === null || s.recording === null) return null;
  const ios = iosOfLog(s.recording.log);
  const io = ios.ofObject(top);
  return { has: (object) => ios.ofObject(object) === io };
}

/** The log on screen, null before the first chunk of the first run. */
export const selectLog = (s: AppState): LogView | null => s.recording?.log ?? null;

/** Whether the scenario differs from what was opened. */
export const selectIsEdited = ({ version }: AppState): boolean => isEdited(version.scenario, version.opened);
const isEdited = memo(
  (scenario: Scenario, opened: Scenario) =>
    scenario !== opened && JSON.stringify(scenario) !== JSON.stringify(opened),
);

/** Where the scenario came from, for the picker: "Edited: An io_uring overwrite ...". */
export function selectSource(s: AppState): string {
  const { scenario, origin } = s.version;
  const title = scenario.title === '' ? 'untitled' : scenario.title;
  const from = { preset: '', fio: 'fio job: ', file: 'File: ', link: 'Link: ' }[origin.kind];
  return (selectIsEdited(s) ? 'Edited: ' : from) + title;
}

/** More arrows than this hide each other. */
const MOST_FLOWS = 400;

const flowsFor = memo(
  (log: LogView | null, _rows: number, flows: Flows, io: ObjectId | null): readonly Flow[] => {
    if (log === null || flows === 'none') return NO_FLOWS;
    const ios = iosOfLog(log);
    if (flows === 'selected') return io === null ? NO_FLOWS : flowsOf(log, ios, ios.ofObject(io));
    const all: Flow[] = [];
    for (let i = 0; i < ios.count && all.length < MOST_FLOWS; i++) all.push(...flowsOf(log, ios, i));
    return all;
  },
);
const NO_FLOWS: readonly Flow[] = [];

/** The arrows that the timeline draws. */
export const selectFlows = (s: AppState): readonly Flow[] =>
  selectIsGrowing(s)
    ? NO_FLOWS
    : flowsFor(selectLog(s), s.rows, s.flows, s.flows === 'selected' ? selectIo(s) : null);

/** While a log grows, what needs the index of its rows by object waits: the index is made anew for every chunk. */
export const selectIsGrowing = (s: AppState): boolean =>
  s.runStatus === 'running' && s.recording !== null && !s.recording.log.complete;

/** The recording once its run has ended. */
export const selectFinished = (s: AppState): Finished | null =>
  s.recording !== null && s.recording.summary !== null ? (s.recording as Finished) : null;
type Finished = Recording & { readonly summary: RunSummary };

const NO_FINDINGS: readonly Finding[] = [];

/** What the monitors found so far. */
export const selectFindings = (s: AppState): readonly Finding[] => s.findings ?? NO_FINDINGS;

/** A finding as the timeline marks it: where, what, and how grave. */
export type HazardMark = Pick<Finding, 'row' | 'severity'> & { readonly text: string };

const marksOf = memo((findings: readonly Finding[]): readonly HazardMark[] =>
  findings.map(({ row, severity, message }) => ({ row, severity, text: message })),
);

/** Length of a jiffy of the run on screen; null before the first. */
export const selectJiffy_ns = (s: AppState): number | null =>
  s.recording === null ? null : jiffy_ns(s.recording.version.scenario.machine.hz);

/** Whether the run has a page cache to look at. */
export const selectHasFolios = (s: AppState): boolean =>
  s.rows > 0 && s.recording !== null && s.recording.log.stringId('folio') >= 0;

/** What the timeline marks as hazards. */
export const selectHazards = (s: AppState): readonly HazardMark[] => marksOf(selectFindings(s));
