/** Work spread over processes. Imported by both sides: the host hands out jobs, a worker answers them. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { assert } from '../base/assert.ts';

type Message = { readonly index: number; readonly content: unknown };

/**
 * Lets `count` workers run `script`, which calls `answerJobs`, until every job is answered. `take` gets each answer with
 * the number of its job, in whatever order they come. Throws when a worker fails.
 *
 * They are processes and not threads, since a thread does not inherit the loader that runs TypeScript.
 */
export async function inWorkers(
  script: URL,
  count: number,
  jobs: readonly unknown[],
  take: (answer: unknown, index: number) => void,
): Promise<void> {
  let next = 0;
  const start = (): ChildProcess => fork(fileURLToPath(script), { serialization: 'advanced' });
  const workers = Array.from({ length: Math.min(count, jobs.length) }, start);
  const busy = (worker: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        const index = next++;
        const content = jobs[index];
        if (content === undefined) resolve();
        else worker.send({ index, content } satisfies Message);
      };
      worker.on('message', (message) => {
        const { index, content } = message as Message; // sent by answerJobs
        take(content, index);
        give();
      });
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`a worker ended early, with status ${code}`)));
      give();
    });
  try {
    await Promise.all(workers.map(busy));
  } finally {
    for (const worker of workers) worker.kill();
  }
}

/** In a worker: answers every job that comes. */
export function answerJobs(answer: (job: unknown) => unknown): void {
  assert(process.send !== undefined, 'a host has started this process');
  process.on('message', (message) => {
    const { index, content } = message as Message; // sent by inWorkers
    process.send?.({ index, content: answer(content) } satisfies Message);
  });
}
