/** How the time and the memory of a run of buffered writeback grow with the number of its ioends. */
import { FolioTable } from '../src/analysis/folios.ts';
import { IoTable } from '../src/analysis/io.ts';
import { MONITORS } from '../src/analysis/monitors.ts';
import { Places } from '../src/analysis/places.ts';
import { SpanBuilder } from '../src/analysis/spans.ts';
import { WritebackTable } from '../src/analysis/writeback.ts';
import type { LogView } from '../src/log/view.ts';
import { Run, runToEnd } from '../src/run/run.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import type { Scenario } from '../src/scenario/schema.ts';

const PAGE = 4096;
/** Files and writers; a file takes one writer at a time. */
const FILES = 64;

/** Where the ioends end: each in the batch of its CPU, or all of them on the list of one inode. */
export type Way = 'batches' | 'one list';

/** Uncached writes on 64 CPUs, of which each is submitted as an ioend of its own. */
export function writebackScenario(ioends: number, way: Way): Scenario {
  const writers = way === 'one list' ? 1 : FILES;
  const ios = Math.ceil(ioends / writers);
  const parsed = parseScenario({
    version: 1,
    title: `${ioends} ioends, ${way}`,
    machine: {
      cpus: 64,
      nvme: {
        queues: 64,
        read: { mean_ns: 5000 },
        write: { mean_ns: way === 'one list' ? 200_000 : 20_000 },
        queue_depth: 1024,
      },
    },
    kernel: { name: way === 'one list' ? '6.17.13' : 'in-task-v6' },
    files: Array.from({ length: writers }, (_, i) => ({
      id: `file${i}`,
      size_bytes: ios * PAGE,
      large_folios: false,
      ...(way === 'one list'
        ? { extents: [{ offset_bytes: 0, length_bytes: ios * PAGE, state: 'unwritten' as const }] }
        : {}),
    })),
    actors: Array.from({ length: writers }, (_, i) => ({
      kind: 'fio' as const,
      name: `writer${i}`,
      file: `file${i}`,
      rw: 'write' as const,
      ioengine: 'psync' as const,
      direct: false,
      dontcache: true,
      end_fsync: true,
      bs_write: [{ bytes: PAGE, weight: 1 }],
      ios,
      cpus_allowed: [i],
    })),
  });
  if (!parsed.ok)
    throw new Error(`the scenario of the measurement is valid: ${JSON.stringify(parsed.error)}`);
  // The page's limit of events does not bind what keeps no log.
  return { ...parsed.value, limits: { ...parsed.value.limits, events: Number.MAX_SAFE_INTEGER } };
}

/** What one run took; nothing of its log is kept. */
export type RunCost = {
  readonly ms: number;
  readonly rows: number;
  /** Bytes of the log's chunks, as the page would keep them. */
  readonly logBytes: number;
  /** What the simulated kernel itself holds in the end. */
  readonly heapBytes: number;
};

export function runCost(scenario: Scenario): RunCost {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let logBytes = 0;
  const run = new Run(scenario, (chunk) => (logBytes += chunk.buffer.byteLength));
  const start = performance.now();
  while (run.advance(1_000_000) === 'more');
  const ms = performance.now() - start;
  globalThis.gc?.();
  const heapBytes = process.memoryUsage().heapUsed - before;
  if (run.summary.stop !== 'done') throw new Error(`the run ended with “${run.summary.stop}”`);
  return { ms, rows: run.rows, logBytes, heapBytes };
}

/** Milliseconds that each pass of the page takes over the log of a run: the least of some rounds, as a collection of
 *  garbage in the middle of one says nothing of it. */
export function passCosts(scenario: Scenario): ReadonlyMap<string, number> {
  const { log } = runToEnd(scenario);
  const costs = new Map<string, number>();
  for (let round = 0; round < PASS_ROUNDS; round++) addPasses(log, costs);
  return costs;
}

const PASS_ROUNDS = 5;

function addPasses(log: LogView, costs: Map<string, number>): void {
  const timed = <T>(name: string, pass: () => T): T => {
    const start = performance.now();
    const result = pass();
    costs.set(name, Math.min(costs.get(name) ?? Infinity, performance.now() - start));
    return result;
  };
  timed('spans', () => spansOf(log));
  const ios = timed('I/Os', () => {
    const table = new IoTable(log);
    table.catchUp();
    return table;
  });
  timed('places', () => new Places(log).catchUp());
  timed('bios of writeback', () => new WritebackTable(ios).catchUp());
  timed('folios', () => new FolioTable(log).catchUp());
  for (const monitor of MONITORS) timed(`monitor ${monitor.id}`, () => monitor.check(log, ios));
}

function spansOf(log: LogView): void {
  const builder = new SpanBuilder();
  for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) builder.add(chunk);
}
