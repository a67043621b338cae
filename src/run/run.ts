import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { assert } from '../base/assert.ts';
import { ns, type Ns } from '../base/units.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Chunk } from '../log/columns.ts';
import { LogView } from '../log/view.ts';
import { LogWriter } from '../log/writer.ts';
import type { Scenario } from '../scenario/schema.ts';
import { buildMachine } from './machine.ts';
import { MODEL_VERSION } from './model-version.ts';

/** Says in one token that two people look at the same run. */
export type Fingerprint = {
  /** Digest of the sources that a run depends on. */
  readonly model: string;
  /** Digest of the scenario with all defaults filled in, without its title. */
  readonly scenario: string;
  readonly seed: number;
  /** Digest of every byte of the log. */
  readonly log: string;
};

/** How a run ended. */
export type RunSummary = {
  readonly rows: number;
  readonly end_ns: Ns;
  /** "done", "limit: events", "limit: time", "stuck" or "cancelled". */
  readonly stop: string;
  readonly fingerprint: Fingerprint;
};

/** "model-scenario-seed-log". */
export function fingerprintText(f: Fingerprint): string {
  return `${f.model}-${f.scenario}-${f.seed}-${f.log}`;
}

/** The digest of a scenario: equal for equal runs, whatever the order of its fields and whatever its title. */
export function scenarioHash(scenario: Scenario): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson({ ...scenario, title: '' })))).slice(0, 12);
}

/** JSON with sorted keys, so that equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}

/** A run in progress: advance it in slices; chunks of the log go to `sink` as they fill. */
export class Run {
  private readonly log: LogWriter;
  private readonly kernel: Kernel;
  private readonly scenario: Scenario;
  private finished: RunSummary | null = null;

  constructor(scenario: Scenario, sink: (chunk: Chunk) => void) {
    this.scenario = scenario;
    this.log = new LogWriter(sink);
    this.kernel = buildMachine(scenario, this.log);
  }

  get rows(): number {
    return this.log.rows;
  }

  get time_ns(): Ns {
    return ns(this.kernel.now_ns);
  }

  /** Simulates until about `maxEvents` more events: `more`, or how it ended: `done` (also when stuck) or `limit`. */
  advance(maxEvents: number): 'more' | 'done' | 'limit' {
    const state = this.kernel.advance(maxEvents);
    if (state === 'more') return 'more';
    if (this.finished === null) this.finish(state);
    return state.startsWith('limit') ? 'limit' : 'done';
  }

  /** What came out; only after the run has ended. */
  get summary(): RunSummary {
    assert(this.finished !== null, 'a summary exists once the run has ended');
    return this.finished;
  }

  private finish(stop: string): void {
    this.log.close();
    this.finished = {
      rows: this.log.rows,
      end_ns: this.time_ns,
      stop,
      fingerprint: {
        model: MODEL_VERSION,
        scenario: scenarioHash(this.scenario),
        seed: this.scenario.seed,
        log: this.log.digestHex(),
      },
    };
  }
}

/** Runs a scenario to its end, in one go. */
export function runToEnd(scenario: Scenario): { readonly log: LogView; readonly summary: RunSummary } {
  const log = new LogView();
  const run = new Run(scenario, (chunk) => {
    log.add(chunk);
  });
  while (run.advance(1_000_000) === 'more');
  return { log, summary: run.summary };
}
