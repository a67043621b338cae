import { assert, present } from '../base/assert.ts';
import { ns, NO_ROW } from '../base/units.ts';
import type { Chunk } from '../log/columns.ts';
import { Ev, NO_CPU } from '../log/events.ts';
import { LogWriter } from '../log/writer.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { RunEvents, RunSummary } from '../worker/client.ts';
import type { Job } from '../experiment/job.ts';
import type { SweepEvents } from '../worker/client-measure.ts';
import type { SweepHost } from './experiment.ts';
import type { RunHost } from './run-host.ts';
import { firstVersion } from './scenario.ts';
import { type AppStore, createAppStore } from './store.ts';

/** A host that does what the test says, with a small log of two I/Os of one task. */
export class ScriptedHost implements RunHost {
  /** The scenarios that were started, in order. */
  readonly started: Scenario[] = [];
  cancelled = 0;
  private events: RunEvents | null = null;

  start(scenario: Scenario, events: RunEvents): void {
    this.started.push(scenario);
    this.events = events;
  }
  cancel(): void {
    this.cancelled++;
    this.events = null;
  }

  /** Ends the run with a log in which `before` more events come before all others; many fill chunks. */
  finish(before = 0): void {
    const { chunks, rows } = smallLog(before);
    for (const chunk of chunks) this.listener().chunk(chunk, NO_SPANS);
    this.listener().progress({ rows, time_ns: 1000 });
    this.listener().done(summaryOf(rows));
  }
  /** The first chunk of a run that goes on. */
  begin(): void {
    const { chunks } = smallLog(0);
    assert(chunks.length === 1, 'a small log fits one chunk');
    for (const chunk of chunks) this.listener().chunk(chunk, NO_SPANS);
  }
  fail(message: string): void {
    this.listener().failed(message);
  }

  private listener(): RunEvents {
    return present(this.events, 'a run was started');
  }
}

/** A host of experiments that leaves it to the test what they tell. */
export class ScriptedSweeps implements SweepHost {
  cancelled = 0;
  events: SweepEvents | null = null;

  start(_job: Job, events: SweepEvents): void {
    this.events = events;
  }
  cancel(): void {
    this.cancelled++;
    this.events = null;
  }
}

/** A store over a scripted host, with the first preset and nothing run yet. */
export function storeForTest(storage: Pick<Storage, 'getItem' | 'setItem'> | null = null): {
  readonly store: AppStore;
  readonly host: ScriptedHost;
  readonly sweeps: ScriptedSweeps;
} {
  const host = new ScriptedHost();
  const sweeps = new ScriptedSweeps();
  return { store: createAppStore({ host, sweeps, storage }, firstVersion()), host, sweeps };
}

/** The same with a finished run on screen. */
export function storeWithRun(): ReturnType<typeof storeForTest> {
  const made = storeForTest();
  made.store.getState().startRun();
  made.host.finish();
  return made;
}

/** Names of the functions that each I/O of the small log goes through. */
const CALLS = ['io_write', 'bio_endio', 'iomap_dio_complete'] as const;

function smallLog(before: number): { chunks: Chunk[]; rows: number } {
  const chunks: Chunk[] = [];
  const w = new LogWriter((chunk) => chunks.push(chunk));
  const at = (kind: Ev, name: string, object: number, cause: number, value = 0): number =>
    w.append(
      w.rows * 10,
      kind,
      kind === Ev.Start ? NO_CPU : 0,
      0,
      w.intern(name),
      object,
      value,
      cause,
      NO_ROW,
    );
  const task = w.object(w.intern('task_struct'), 0, w.intern('fio-job'));
  at(Ev.Start, '', 0, NO_ROW);
  for (let i = 0; i < before; i++) at(Ev.Trace, 'noise', 0, 0);
  at(Ev.Switch, '', task, 0);
  for (let io = 0; io < 2; io++) {
    const kiocb = w.object(w.intern('io_kiocb'), task, 0);
    at(Ev.New, 'io_kiocb', kiocb, 1);
    for (const name of CALLS) {
      const enter = at(Ev.Enter, name, kiocb, 1);
      at(Ev.Decide, 'dio-inline', kiocb, enter, io);
      w.append(w.rows * 10, Ev.Exit, 0, 0, w.intern(name), kiocb, 0, enter, enter);
    }
    at(Ev.Notify, 'cqe', kiocb, 1, 4096);
  }
  at(Ev.Stop, 'done', 0, 1, w.rows);
  w.close();
  return { chunks, rows: w.rows };
}

const summaryOf = (rows: number): RunSummary => ({
  rows,
  end_ns: ns(rows * 10),
  stop: 'done',
  fingerprint: { model: 'm', scenario: 's', seed: 1, log: String(rows) },
});

const NO_SPANS = {
  count: 0,
  t0_ns: new Float64Array(0),
  t1_ns: new Float64Array(0),
  enter: new Uint32Array(0),
  name: new Uint32Array(0),
  object: new Uint32Array(0),
  task: new Uint32Array(0),
  cpu: new Uint16Array(0),
  band: new Uint8Array(0),
  depth: new Uint8Array(0),
  piece: new Uint8Array(0),
};
