/** What the tests of ext4's writeback run, and how they read its log. */
import { bandOf, Band } from '../analysis/bands.ts';
import { Ev } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { ScenarioInput } from '../scenario/schema.ts';
import { runToEnd } from './run.ts';

export type Job = Partial<ScenarioInput['actors'][number]>;
export type FileInput = Partial<ScenarioInput['files'][number]>;
export type Nvme = Partial<ScenarioInput['machine']['nvme']>;
export type Given = {
  readonly kernel: ScenarioInput['kernel']['name'];
  readonly switches?: ScenarioInput['kernel']['switches'];
  readonly file?: FileInput;
  readonly job?: Job;
  readonly other?: Job;
  readonly nvme?: Nvme;
  readonly costs?: ScenarioInput['costs'];
  readonly seed?: number;
};

/** Longer than any submission. */
const SERVICE_NS = 1_000_000;

/** A file of four blocks on ext4, and a job that writes into its page cache. */
export function ran(given: Given): LogView {
  const { kernel, switches = {}, file, job, other, nvme, costs = {}, seed = 1 } = given;
  const actor = (name: string, cpu: number, own: Job): ScenarioInput['actors'][number] => ({
    kind: 'fio',
    name,
    file: 'data',
    rw: 'write',
    ioengine: 'psync',
    direct: false,
    cpus_allowed: [cpu],
    ios: 2,
    ...own,
  });
  const device = { queues: 2, read: { mean_ns: SERVICE_NS }, write: { mean_ns: SERVICE_NS }, ...nvme };
  const parsed = parseScenario({
    version: 1,
    machine: { cpus: 2, preempt: 'lazy', nvme: device },
    kernel: { name: kernel, switches },
    files: [{ id: 'data', filesystem: 'ext4', size_bytes: 16_384, ...file }],
    actors: [actor('job', 1, job ?? {}), ...(other === undefined ? [] : [actor('other', 0, other)])],
    costs,
    seed,
    limits: { events: 200_000 },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const { log, summary } = runToEnd(parsed.value);
  if (summary.stop !== 'done') throw new Error(`the run ended with “${summary.stop}”`);
  return log;
}

/** Which context a row happened in: "irq", or the kind of task. */
function placeOf(log: LogView, row: number, onCpu: ReadonlyMap<number, string>): string {
  if (bandOf(log.context(row)) !== Band.Task) return 'irq';
  const comm = onCpu.get(log.cpu(row)) ?? '';
  return /^(kworker|jbd2)/.exec(comm)?.[0] ?? 'task';
}

/** The calls of some functions, in their order: "name in place"; what is called several times in a row is told once. */
export function calls(log: LogView, names: RegExp): string[] {
  const onCpu = new Map<number, string>();
  const found: string[] = [];
  for (let row = 0; row < log.rows; row++) {
    if (log.kind(row) === Ev.Switch) onCpu.set(log.cpu(row), log.objectLabel(log.object(row)));
    if (log.kind(row) !== Ev.Enter || !names.test(log.name(row))) continue;
    const call = `${log.name(row)} in ${placeOf(log, row, onCpu)}`;
    if (found.at(-1) !== call) found.push(call);
  }
  return found;
}

/** The rows of a kind and name. */
export function rowsOf(log: LogView, kind: Ev, name: string): number[] {
  return Array.from({ length: log.rows }, (_, row) => row).filter(
    (row) => log.kind(row) === kind && log.name(row) === name,
  );
}

/** What a field of any object of a type was set to, in order. */
export const valuesOf = (log: LogView, type: string, field: string): number[] =>
  rowsOf(log, Ev.Set, field)
    .filter((row) => log.objectType(log.object(row)) === type)
    .map((row) => log.value(row));

/** Names of hazards. */
export const hazards = (log: LogView): string[] =>
  Array.from({ length: log.rows }, (_, row) => row)
    .filter((row) => log.kind(row) === Ev.Hazard)
    .map((row) => log.name(row));

/** What the system calls of a kind returned. */
export const results = (log: LogView): number[] =>
  rowsOf(log, Ev.Notify, 'return').map((row) => log.value(row));

/** Flags of all folios when the run ended, those that are still cached. */
export function cachedFolios(log: LogView): { readonly label: string; readonly flags: number }[] {
  const flags = new Map<number, number>();
  for (let row = 0; row < log.rows; row++) {
    const object = log.object(row);
    if (object === 0 || log.objectType(object) !== 'folio') continue;
    if (log.kind(row) === Ev.Free) flags.delete(object);
    else if (log.kind(row) === Ev.Set && log.name(row) === 'flags') flags.set(object, log.value(row));
  }
  return [...flags].map(([object, value]) => ({ label: log.objectLabel(object), flags: value }));
}

/** The last value of a field of the one object of a type, 0 if it was never set. */
export const lastOf = (log: LogView, type: string, field: string): number =>
  valuesOf(log, type, field).at(-1) ?? 0;

/** The decision of a rule, each time. */
export const decided = (log: LogView, rule: string): number[] =>
  rowsOf(log, Ev.Decide, rule).map((row) => log.value(row));
