/** Runs for tests, and what they show of a log. */
import { iosOf } from '../analysis/io.ts';
import { findingsOf } from '../analysis/monitors.ts';
import { contextLevel, Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

export type FileInput = ScenarioInput['files'][number];
export type JobInput = ScenarioInput['actors'][number];

/** What differs from one synchronous job of two buffered writes of 4 KiB on CPU 1 to a file of 1 MiB on 7.3.4. */
export type Given = {
  readonly kernel?: ScenarioInput['kernel']['name'];
  readonly switches?: ScenarioInput['kernel']['switches'];
  readonly machine?: Partial<Omit<ScenarioInput['machine'], 'nvme'>>;
  readonly nvme?: Partial<ScenarioInput['machine']['nvme']>;
  readonly file?: Partial<FileInput>;
  readonly job?: Partial<JobInput>;
  readonly others?: readonly Partial<JobInput>[];
};

/** Runs it; the run must end by itself. */
export function ran({ kernel, switches, machine, nvme, file, job, others }: Given): LogView {
  const actor = (name: string, given: Partial<JobInput>): JobInput => ({
    kind: 'fio',
    name,
    file: 'data',
    rw: 'write',
    ioengine: 'psync',
    direct: false,
    ios: 2,
    cpus_allowed: [1],
    ...given,
  });
  const service = { mean_ns: 50_000 };
  const parsed = parseScenario({
    version: 1,
    machine: { cpus: 2, ...machine, nvme: { queues: 2, read: service, write: service, ...nvme } },
    kernel: { name: kernel ?? '7.3.4', ...(switches !== undefined && { switches }) },
    files: [{ id: 'data', size_bytes: 1 << 20, ...file }],
    actors: [actor('job', job ?? {}), ...(others ?? []).map((other, i) => actor(`job ${i + 2}`, other))],
  } satisfies ScenarioInput);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { log, summary } = runToEnd(parsed.value);
  if (summary.stop !== 'done') throw new Error(`the run ended with "${summary.stop}"`);
  return log;
}

/** What the monitors find wrong. */
export const wrong = (log: LogView): string[] =>
  findingsOf(log, iosOf(log)).flatMap((f) => (f.severity === 'info' ? [] : [`${f.monitor}: ${f.message}`]));

/** What the engine and the model found to be wrong while it happened. */
export function hazards(log: LogView): string[] {
  const rows = Array.from({ length: log.rows }, (_, row) => row);
  return rows.filter((row) => log.kind(row) === Ev.Hazard).map((row) => log.name(row));
}

/** Calls of some functions in the order of the log, as "task function" or "irq function". */
export function calls(log: LogView, ...names: string[]): string[] {
  const on = new Map<number, string>();
  const found: string[] = [];
  for (let row = 0; row < log.rows; row++) {
    if (log.kind(row) === Ev.Switch) on.set(log.cpu(row), comm(log.objectLabel(log.object(row))));
    if (log.kind(row) !== Ev.Enter || !names.includes(log.name(row))) continue;
    const who = contextLevel(log.context(row)) === Level.Task ? (on.get(log.cpu(row)) ?? '') : 'irq';
    found.push(`${who} ${log.name(row)}`);
  }
  return found;
}

/** A task's name without what numbers it. */
const comm = (label: string): string => label.replace(/[-:/]\w*\d.*$/, '');

/** The numbers of a kind of event and name: its values, in order. */
export function values(log: LogView, kind: Ev, name: string): number[] {
  const found: number[] = [];
  for (let row = 0; row < log.rows; row++)
    if (log.kind(row) === kind && log.name(row) === name) found.push(log.value(row));
  return found;
}

/** Objects of a type. */
export const made = (log: LogView, type: string): number =>
  Array.from({ length: log.objectCount }, (_, id) => log.objectType(id)).filter((t) => t === type).length;

/** How the job's synchronous calls ended, in order. */
export const results = (log: LogView): number[] => values(log, Ev.Notify, 'return');
