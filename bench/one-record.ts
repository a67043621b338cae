/**
 * The plainest comparison: 64 processes, each of which writes a record and waits a random while, over and over. By hand it
 * is a callback a record; on the engine it is a task four functions deep on a CPU of its own.
 */
import { Prng } from '../src/base/prng.ts';
import { Engine, type EngineConfig } from '../src/engine/engine.ts';
import { EventQueue } from '../src/engine/event-queue.ts';
import type { Proc } from '../src/engine/frame.ts';
import { Ev } from '../src/log/events.ts';
import { LogWriter } from '../src/log/writer.ts';

const PROCESSES = 64;
const STEPS = 10_000;
const DEPTH = 4;

class Bare extends Engine {}

/** Log events a millisecond of the engine. */
export function onEngine(config: EngineConfig): number {
  const log = new LogWriter(() => undefined);
  const engine = new Bare(log, { ...config, cpus: PROCESSES });
  const name = engine.intern('tick');
  const prng = new Prng(1, 1);
  function* process(k: Bare, left: number): Proc {
    if (left > 1) {
      yield* k.call(process, left - 1);
      return;
    }
    for (let i = 0; i < STEPS; i++) {
      k.emit(Ev.Trace, name, 0, i);
      yield k.spend(50 + prng.below(100));
    }
  }
  for (let i = 0; i < PROCESSES; i++)
    engine.spawn(`p${i}`, [i], () => engine.call(process, DEPTH), { actor: true });
  engine.start();
  const start = performance.now();
  while (engine.advance(1e9) === 'more');
  return log.rows / (performance.now() - start);
}

/** Log events a millisecond of callbacks over typed arrays. */
export function byHand(): number {
  const log = new LogWriter(() => undefined);
  const queue = new EventQueue();
  const prng = new Prng(1, 1);
  const left = new Uint32Array(PROCESSES).fill(STEPS);
  for (let i = 0; i < PROCESSES; i++) queue.push(prng.below(100), 0, i);
  const start = performance.now();
  while (queue.pop()) {
    const { a, time_ns } = queue;
    log.append(time_ns, Ev.Trace, a, 0, 1, 0, left[a]!, 0, 0);
    if (--left[a]! > 0) queue.push(time_ns + 50 + prng.below(100), 0, a);
  }
  return log.rows / (performance.now() - start);
}
