/** What `run.ts` bundles and starts: measures, prints figures and bars, and fails when a bar is missed. */
import { cpus } from 'node:os';
import { SpanBuilder } from '../src/analysis/spans.ts';
import { Engine, type EngineConfig } from '../src/engine/engine.ts';
import type { Proc } from '../src/engine/frame.ts';
import { CHUNK_ROWS } from '../src/log/columns.ts';
import { Ev } from '../src/log/events.ts';
import { LogView } from '../src/log/view.ts';
import { LogWriter } from '../src/log/writer.ts';
import { Run, runToEnd } from '../src/run/run.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import { presetById } from '../src/scenario/presets.ts';
import type { Scenario } from '../src/scenario/schema.ts';
import { Callbacks } from './closed-callbacks.ts';
import { type ClosedModel, runClosed } from './closed-engine.ts';
import { byHand as recordsByHand, onEngine as recordsOnEngine } from './one-record.ts';
import { peers } from './peers.ts';
import { passCosts, runCost, type Way, writebackScenario } from './writeback.ts';

/** Rounds of which the median counts; what is compared takes turns within a round. */
const ROUNDS = 15;
const MODEL: ClosedModel = { customers: 16, cycles: 60_000, depth: 4 };
let missed = 0;

/** Goes on in a frame that lies deep: the driver keeps its own stack, so that depth should not matter. */
function resumption(): void {
  const {
    a: shallow,
    b: deep,
    ratio,
  } = inPairs(
    () => resume_ns(2),
    () => resume_ns(16),
  );
  report(
    'resumption at depth 16 against depth 2',
    ratio,
    'at most',
    1.5,
    `${deep.toFixed(1)} ns and ${shallow.toFixed(1)} ns`,
  );
}

class Bare extends Engine {}

function resume_ns(depth: number): number {
  const steps = 300_000;
  const engine = new Bare(new LogWriter(() => undefined), CONFIG);
  function* deep(k: Bare, left: number): Proc {
    if (left > 1) yield* k.call(deep, left - 1);
    else for (let i = 0; i < steps; i++) yield k.spend(1);
  }
  engine.spawn('deep', [0], () => engine.call(deep, depth), { actor: true });
  engine.start();
  const start = performance.now();
  while (engine.advance(1e9) === 'more');
  return ((performance.now() - start) * 1e6) / steps;
}

const CONFIG: EngineConfig = {
  cpus: 1,
  maxTime_ns: Number.MAX_SAFE_INTEGER,
  maxRows: Infinity,
  scheduler: {
    preempt: 'none',
    preemptCount: true,
    preemptRcu: true,
    threadirqs: false,
    wakePreempts: false,
    switch_ns: 0,
    slice_ns: 1e12,
  },
  interrupts: { irqEntry_ns: 0, irqExit_ns: 0, idleExit_ns: 0, ipi_ns: 0, tick_ns: 0, jiffy_ns: 1e12 },
};

/** The baseline of the bar: a callback and a record an event. */
function records(): void {
  const { a, b, ratio } = inPairs(recordsByHand, () => recordsOnEngine(CONFIG));
  report(
    'engine with its log against callbacks by hand',
    ratio,
    'at least',
    1 / 3,
    `${millions(b)} and ${millions(a)}`,
  );
}

/** The closed queueing model on the engine and by hand; both write the log. Returns cycles a second of the engine. */
function eventRates(): number {
  let rows = 0;
  const names = { work: 1, complete: 2, device: 3, waitsFor: 4 };
  const byHand = (): number => {
    const model = new Callbacks(MODEL, names, 2, () => undefined);
    const start = performance.now();
    model.run(0, new Array<number>(MODEL.customers).fill(0));
    return model.rows / (performance.now() - start);
  };
  const engine = (): number => {
    const start = performance.now();
    rows = runClosed(MODEL, () => undefined).rows;
    return rows / (performance.now() - start);
  };
  const { a: hand, b: own, ratio } = inPairs(byHand, engine);
  console.log(
    `  closed model, the same rows written out by hand: engine ${millions(own)}, by hand ${millions(hand)}, ratio ${ratio.toFixed(2)} (no bar)`,
  );
  report('engine, closed model, million log events a second', own / 1000, 'at least', 1, '');
  return (MODEL.cycles * own * 1000) / rows;
}

/** The whole model on the published job at depth 16, with many I/Os. */
function realModel(): void {
  const scenario = manyIos(3000);
  const rate = inRounds(() => {
    const run = new Run(scenario, () => undefined);
    const start = performance.now();
    while (run.advance(100_000) === 'more');
    return run.rows / (performance.now() - start);
  });
  report('kernel model, depth 16, million log events a second', rate / 1000, 'at least', 1, '');
}

function manyIos(ios: number): Scenario {
  const preset = presetById('queue-depth-16');
  const parsed = parseScenario({
    ...preset?.scenario,
    actors: preset?.scenario.actors.map((a) => ({ ...a, ios })),
  });
  if (!parsed.ok) throw new Error('the preset is valid with more I/Os');
  return parsed.value;
}

/** Appends events and looks at what the heap and the buffers took. */
function memory(): void {
  const events = 40 * CHUNK_ROWS;
  let bytes = 0;
  const writer = new LogWriter((chunk) => (bytes += chunk.buffer.byteLength));
  for (let i = 0; i < 100_000; i++) writer.append(i, Ev.Trace, 0, 0, 1, 0, i, 0, 0); // warm
  globalThis.gc?.();
  const before = process.memoryUsage();
  const [rows0, bytes0] = [writer.rows, bytes];
  for (let i = 0; i < events; i++) writer.append(i, Ev.Trace, 0, 0, 1, 0, i, 0, 0);
  const heap = process.memoryUsage().heapUsed - before.heapUsed;
  const perEvent = (bytes - bytes0) / (writer.rows - rows0);
  report('memory of a log event, bytes', perEvent, 'at most', 40, 'columns of its chunk');
  report(
    'heap that an appended event leaves before collection, bytes',
    Math.max(0, heap) / events,
    'at most',
    0.1,
    '',
  );
}

/** Other simulators on the same model, as far as they are installed. */
async function comparePeers(own_cycles_s: number): Promise<void> {
  for (const peer of await peers(MODEL)) {
    if (peer.cycles_s === null) console.log(`  left out: ${peer.name} (${peer.why})`);
    else
      report(
        `cycles a second against ${peer.name}`,
        own_cycles_s / peer.cycles_s,
        'at least',
        peer.bar,
        `${(own_cycles_s / 1000).toFixed(0)} k and ${(peer.cycles_s / 1000).toFixed(0)} k`,
      );
  }
}

/** Passes that the page makes over a log; for information. */
function views(): void {
  const { log } = runToEnd(manyIos(1500));
  const spans = inRounds(() => {
    const builder = new SpanBuilder();
    const start = performance.now();
    for (let c = 0, chunk = log.chunk(0); chunk !== null; chunk = log.chunk(++c)) builder.add(chunk);
    return log.rows / (performance.now() - start);
  });
  console.log(
    `  spans: ${millions(spans)} of ${log.rows} rows; ${LogView.name} indexes by object in 8 bytes a row`,
  );
}

const IOENDS = [100, 1000, 10_000, 100_000] as const;

/** Time and memory of writeback on 64 CPUs, from 100 ioends to 100,000, and of the page's passes over the log of 10,000. */
function writebackGrowth(): void {
  for (const way of ['batches', 'one list'] as const satisfies readonly Way[]) {
    runCost(writebackScenario(1000, way)); // warm
    const costs = IOENDS.map((ioends) => ({ ioends, ...runCost(writebackScenario(ioends, way)) }));
    for (const { ioends, ms, rows, logBytes, heapBytes } of costs)
      console.log(
        `  ${ioends} ioends, ${way}: ${ms.toFixed(0)} ms, ${rows} events, log ${megabytes(logBytes)}, kernel ${megabytes(heapBytes)}`,
      );
    const [first, before, last] = [costs[0], costs.at(-2), costs.at(-1)];
    if (first === undefined || before === undefined || last === undefined) throw new Error('there are sizes');
    const most = nLogN(first.ioends, last.ioends);
    const title = `${last.ioends} ioends against ${first.ioends}, ${way}`;
    report(`time of ${title}`, last.ms / first.ms, 'at most', most, 'n log n');
    report(`log of ${title}`, last.logBytes / first.logBytes, 'at most', most, 'n log n');
    // In the middle fixed costs count for less, so that growth shows that they would hide.
    const step = `${last.ioends} ioends against ${before.ioends}, ${way}`;
    report(`time of ${step}`, last.ms / before.ms, 'at most', nLogN(before.ioends, last.ioends), 'n log n');
    passGrowth(way);
  }
}

const nLogN = (from: number, to: number): number => (to * Math.log(to)) / (from * Math.log(from));

/** The pass of the page over a log that grows the most. What takes next to nothing is not compared. */
function passGrowth(way: Way): void {
  const [few, many] = [1000, 10_000];
  passCosts(writebackScenario(few, way)); // warm
  const small = passCosts(writebackScenario(few, way));
  const large = passCosts(writebackScenario(many, way));
  let [worst, name, all_ms] = [0, '', 0];
  for (const [pass, ms] of large) {
    all_ms += ms;
    const growth = ms / Math.max(1, small.get(pass) ?? 1);
    if (ms > 20 && growth > worst) [worst, name] = [growth, pass];
  }
  const most = nLogN(few, many);
  const raw = `${name}; all passes over ${many} ioends ${all_ms.toFixed(0)} ms`;
  report(`a pass of the page, ${many} ioends against ${few}, ${way}`, worst, 'at most', most, raw);
}

const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;

/** Runs two measurements in turns: the median of each, and the median of their ratios pair by pair, so that a slow moment
 *  of the machine, which hits both of a pair, does not count. */
function inPairs(a: () => number, b: () => number): { a: number; b: number; ratio: number } {
  a(); // warm
  b();
  const pairs = Array.from({ length: ROUNDS }, () => ({ a: a(), b: b() }));
  return {
    a: median(pairs.map((pair) => pair.a)),
    b: median(pairs.map((pair) => pair.b)),
    ratio: median(pairs.map((pair) => pair.b / pair.a)),
  };
}

/** The median of some rounds after a warm-up. */
function inRounds(measure: () => number): number {
  measure();
  return median(Array.from({ length: ROUNDS }, measure));
}

function median(figures: readonly number[]): number {
  return figures.toSorted((x, y) => x - y)[Math.floor(figures.length / 2)]!;
}

function report(what: string, figure: number, sense: 'at most' | 'at least', bar: number, raw: string): void {
  const met = sense === 'at most' ? figure <= bar : figure >= bar;
  if (!met) missed++;
  const limit = Number(bar.toFixed(2));
  console.log(
    `${met ? 'OK    ' : 'MISSED'}  ${what}: ${figure.toFixed(2)} (${sense} ${limit})${raw === '' ? '' : `  ${raw}`}`,
  );
}

/** Rows a millisecond as words. */
function millions(rows_ms: number): string {
  return `${(rows_ms / 1000).toFixed(2)} M/s`;
}

console.log(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}; medians of ${ROUNDS} rounds\n`,
);
resumption();
records();
const cycles_s = eventRates();
realModel();
memory();
writebackGrowth();
await comparePeers(cycles_s);
views();
console.log(missed === 0 ? '\nAll bars are met.' : `\n${missed} bars are missed.`);
process.exitCode = missed === 0 ? 0 : 1;
