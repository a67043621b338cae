import { Worker } from 'node:worker_threads';
import type { Figures } from '../analysis/meter.ts';
import { scenarioOf, windowOf } from '../experiment/point.ts';
import type { Sweep } from '../experiment/sweep.ts';
import { measure } from '../run/measure.ts';

type Answer = { readonly id: number; readonly figures: Figures };

/** Simulates all points of a sweep on so many threads; with one, in this thread. `tell` is called after each. */
export async function runSweep(sweep: Sweep, threads: number, tell: () => void): Promise<void> {
  if (threads <= 1) runHere(sweep, tell);
  else if (!sweep.finished) await runOn(sweep, threads, tell);
}

function runHere(sweep: Sweep, tell: () => void): void {
  for (let task = sweep.take(); task !== null; task = sweep.take()) {
    sweep.deliver(task.id, measure(scenarioOf(task.point), windowOf(task.point)));
    tell();
  }
}

/** Node 20 does not hand down to threads what reads TypeScript, so each loads it first. */
const BOOT = `
  const { loader, entry } = require('node:worker_threads').workerData;
  import(loader).then(({ register }) => { register(); return import(entry); });
`;

function startThread(): Worker {
  const loader = import.meta.resolve('tsx/esm/api');
  const entry = import.meta.resolve('./measure-worker.ts');
  return new Worker(BOOT, { eval: true, workerData: { loader, entry } });
}

async function runOn(sweep: Sweep, threads: number, tell: () => void): Promise<void> {
  const idle: Worker[] = [];
  const workers: Worker[] = [];
  const feed = (): void => {
    while (idle.length > 0) {
      const task = sweep.take();
      if (task === null) return;
      idle.pop()?.postMessage(task);
    }
  };
  try {
    await new Promise<void>((resolve, reject) => {
      for (let i = 0; i < threads; i++) {
        const worker = startThread();
        worker.on('error', reject);
        worker.on('message', ({ id, figures }: Answer) => {
          sweep.deliver(id, figures);
          tell();
          idle.push(worker);
          if (sweep.finished) resolve();
          else feed();
        });
        workers.push(worker);
        idle.push(worker);
      }
      feed();
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
