/** The command `experiment`: simulates, or merges what shards have simulated. */
import { err, ok, type Result } from '../base/result.ts';
import { merge, type Named, readResult } from '../experiment/merge.ts';
import type { ExperimentResult } from '../experiment/result.ts';
import { Sweep } from '../experiment/sweep.ts';
import { MODEL_VERSION } from '../run/model-version.ts';
import type { ExperimentCommand } from './command.ts';
import { runSweep } from './measure-pool.ts';
import { readFileText } from './read-text.ts';

/** `tell` is told how many simulations are done, of how many. */
export async function experiment(
  { options, shard, files }: ExperimentCommand,
  threads: number,
  tell: (done: number, total: number) => void,
): Promise<Result<ExperimentResult, readonly string[]>> {
  if (files !== null) return merged(files);
  const sweep = new Sweep(options, shard);
  await runSweep(sweep, threads, () => tell(sweep.done, sweep.total));
  return ok(sweep.result(MODEL_VERSION));
}

async function merged(files: readonly string[]): Promise<Result<ExperimentResult, readonly string[]>> {
  const problems: string[] = [];
  const results: Named<ExperimentResult>[] = [];
  for (const name of files) {
    const text = await readFileText(name);
    const result = text.ok ? readResult(text.value) : err(text.error.message);
    if (result.ok) results.push({ name, value: result.value });
    else problems.push(`${name} ${result.error}`);
  }
  return problems.length > 0 ? err(problems) : merge(results);
}
