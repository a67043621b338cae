/** The closed queueing model on the engine: the customers are tasks, the CPU is a CPU, the device a callback that interrupts. */
import { Prng } from '../src/base/prng.ts';
import { Engine } from '../src/engine/engine.ts';
import type { Proc } from '../src/engine/frame.ts';
import type { Task } from '../src/engine/task.ts';
import { TaskState } from '../src/log/events.ts';
import type { Chunk } from '../src/log/columns.ts';
import { LogWriter } from '../src/log/writer.ts';

class Machine extends Engine {}

export type ClosedModel = { readonly customers: number; readonly cycles: number; readonly depth: number };

export function runClosed(
  model: ClosedModel,
  sink: (chunk: Chunk) => void,
): { rows: number; digest: string; end_ns: number } {
  const writer = new LogWriter(sink);
  const m = new Machine(writer, {
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
      slice_ns: 1e9,
    },
    interrupts: { irqEntry_ns: 0, irqExit_ns: 0, idleExit_ns: 0, ipi_ns: 0, tick_ns: 0, jiffy_ns: 1e12 },
  });
  const prng = new Prng(1, 0);
  let left = model.cycles;

  function* customer(task: Task): Proc {
    while (left-- > 0) {
      if (model.depth > 0) yield* m.call(work, model.depth, task);
      else submit(task);
      m.setState(TaskState.Interruptible, 'the device');
      yield m.schedule();
    }
  }
  function* work(k: Machine, depth: number, task: Task): Proc {
    yield k.spend(100);
    if (depth > 1) yield* k.call(work, depth - 1, task);
    else submit(task);
  }
  function submit(task: Task): void {
    m.at(m.now_ns + 5000 + prng.below(1000), () => {
      m.raiseIrq(m.cpus[0]!, { name: 'device', vector: 1, cause: 0, handler: () => m.call(complete, task) });
    });
  }
  function* complete(k: Machine, task: Task): Proc {
    k.wake(task);
  }
  for (let i = 0; i < model.customers; i++) m.spawn(`customer ${i}`, [0], customer, { actor: true });
  m.start();
  while (m.advance(1_000_000) === 'more');
  writer.close();
  return { rows: writer.rows, digest: writer.digestHex(), end_ns: m.now_ns };
}
