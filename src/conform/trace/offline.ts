/**
 * A recording of a CPU that is taken offline while bios complete. Its filter lets only a few functions through, so these are what is
 * compared: the different runs of them in each kind of context, and the callbacks of the hotplug states in their order, each with who
 * ran it.
 */
import { FUNCTIONS } from '../../kernel/catalogue.ts';
import { contextLevel, Level } from '../../log/context.ts';
import { Ev } from '../../log/events.ts';
import type { LogView } from '../../log/view.ts';
import type { ScenarioInput } from '../../scenario/schema.ts';
import type { FtraceRecord } from '../../trace/ftrace-records.ts';
import { modelledRuns, recordedRuns } from './buffered.ts';
import { type Place, placeOfTask } from './calls.ts';
import type { Divergence } from './compare.ts';
import { placeOf } from './recorded.ts';
import { compareRuns, type RunCall } from './runs.ts';
import type { Workload } from './workload.ts';

type ActorInput = ScenarioInput['actors'][number];

/** The release whose numbers of hotplug states the model has. */
export const STATES_OF = '7.3.4';

const WRITE_BYTES = 65_536;
const WRITES = 16;
const THINK_NS = 3_000_000;
/** Some writes complete before, some while the CPU goes, some after. */
const AT_NS = 12_000_000;

/** The CPU that the tool takes offline; null where it does something else. */
export function offlineCpu({ options }: Workload): number | null {
  return options.get('op') === 'offline' ? Number(options.get('cpu') ?? 1) : null;
}

/** What the tool does meanwhile: a thread on that CPU writes uncached and begins to write it back. */
export const offlineActor = (name: string, file: string, cpu: number): ActorInput => ({
  kind: 'fio',
  name,
  file,
  rw: 'write',
  ioengine: 'psync',
  direct: false,
  dontcache: true,
  bs_write: [{ bytes: WRITE_BYTES, weight: 1 }],
  thinktime_ns: THINK_NS,
  ios: WRITES,
  cpus_allowed: [cpu],
  calls: Array.from({ length: WRITES }, (_, i) => ({ call: 'sync_file_range' as const, after_ios: i + 1 })),
});

export const offlineMachine = (cpu: number): Partial<ScenarioInput['machine']> => ({
  offline: [{ cpu, at_ns: AT_NS }],
});

/** Name of the model's task that takes the CPU offline. */
const writerOf = (cpu: number): string => `offline cpu${cpu}`;

/** Compares the two; how many calls and callbacks of the recording took part. */
export function compareOffline(
  records: readonly FtraceRecord[],
  log: LogView,
  cpu: number,
): { readonly divergence: Divergence | null; readonly calls: number } {
  const writer = records.find(({ what }) => what.kind === 'event' && what.name === 'cpuhp_enter')?.pid ?? -1;
  const shown = new Set(records.flatMap(({ what }) => (what.kind === 'call' ? [what.name] : [])));
  const compared = (calls: readonly RunCall[]): RunCall[] =>
    calls.filter(({ name }) => shown.has(name) && FUNCTIONS.has(name));
  const expected = compared(recordedRuns(records, writer));
  const got = compared(modelledRuns(log, writerOf(cpu)).calls);
  const ours = modelledCallbacks(log, writerOf(cpu));
  const known = new Set(ours.map(({ state }) => state));
  const theirs = recordedCallbacks(records, writer).filter(({ state }) => known.has(state));
  return {
    divergence: compareRuns(expected, got) ?? orderOf(theirs, ours),
    calls: expected.length + theirs.length,
  };
}

type Callback = { readonly state: number; readonly place: Place };

function orderOf(expected: readonly Callback[], got: readonly Callback[]): Divergence | null {
  const [theirs, ours] = [expected, got].map((callbacks) =>
    callbacks.map(({ state, place }) => `state ${state} in ${place}`),
  ) as [string[], string[]]; // of two lists
  const at = Array.from({ length: Math.max(theirs.length, ours.length) }, (_, i) => i).find(
    (i) => theirs[i] !== ours[i],
  );
  return at === undefined ? null : { what: 'callbacks of hotplug states', expected: theirs, got: ours, at };
}

/** A state with several instances counts once. */
const onceEach = (callbacks: readonly Callback[]): Callback[] =>
  callbacks.filter(({ state }, i) => callbacks[i - 1]?.state !== state);

const STEP = /\bstep: *(?<step>\d+)/;

function recordedCallbacks(records: readonly FtraceRecord[], writer: number): Callback[] {
  return onceEach(
    records.flatMap((record): Callback[] => {
      const { what } = record;
      if (what.kind !== 'event' || !/^cpuhp_(multi_)?enter$/.test(what.name)) return [];
      return [{ state: Number(STEP.exec(what.text)?.groups?.['step']), place: placeOf(record, writer) }];
    }),
  );
}

function modelledCallbacks(log: LogView, writer: string): Callback[] {
  const onCpu = new Map<number, string>();
  const callbacks: Callback[] = [];
  for (let row = 0; row < log.rows; row++) {
    const kind = log.kind(row);
    if (kind === Ev.Switch) onCpu.set(log.cpu(row), log.objectName(log.object(row)));
    if (kind !== Ev.Trace || !/^cpuhp_(multi_)?enter$/.test(log.name(row))) continue;
    const task = onCpu.get(log.cpu(row)) ?? '';
    const inTask = contextLevel(log.context(row)) === Level.Task;
    const place = task === writer ? 'task' : placeOfTask(task);
    callbacks.push({ state: log.value(row), place: inTask ? place : 'hardirq' });
  }
  return onceEach(callbacks);
}
