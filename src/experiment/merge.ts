/** The results of shards as one result, the same as if nothing had been divided. */
import * as v from 'valibot';
import { USES } from '../analysis/meter.ts';
import { err, ok, type Result } from '../base/result.ts';
import { BOUNDS, cvsOf } from './plan.ts';
import { PARAMETER_IDS } from './point.ts';
import { COLUMNS, DEPTHS } from './published.ts';
import type { CvResult, ExperimentResult } from './result.ts';

/** What a file holds, and how the user calls it. */
export type Named<T> = { readonly name: string; readonly value: T };

const number = v.pipe(v.number(), v.finite());
const whole = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));
const each = <const K extends string>(ids: readonly K[]) =>
  v.strictObject(Object.fromEntries(ids.map((id) => [id, number])) as Record<K, typeof number>); // one of each

const rowSchema = v.strictObject({
  column: v.picklist(COLUMNS),
  depth: v.picklist(DEPTHS),
  role: v.picklist(['fitted', 'predicted']),
  published_iops: number,
  iops: number,
  iops_min: number,
  iops_max: number,
  error: number,
  cpu_ns_per_io: each(USES),
  kworker_utilisation: number,
  switches_per_io: number,
  interrupts_per_io: number,
  items_per_kworker_run: v.nullable(number),
});
const resultSchema = v.strictObject({
  format: v.literal('bioscope-experiment'),
  version: v.literal(1),
  experiment: v.literal('caller-comp'),
  model: v.string(),
  options: v.strictObject({
    cv_percent: v.array(whole(0, 100)),
    seeds: whole(...BOUNDS.seeds),
    ios: whole(...BOUNDS.ios),
  }),
  shard: v.nullable(v.strictObject({ index: whole(1, 10_000), count: whole(...BOUNDS.shards) })),
  sweep: v.array(
    v.strictObject({
      cv_percent: whole(0, 100),
      parameters: each(PARAMETER_IDS),
      fit_error: number,
      prediction_error: number,
      rows: v.pipe(v.array(rowSchema), v.length(COLUMNS.length * DEPTHS.length)),
    }),
  ),
});

/** A result out of what `--format json` printed. The error is to follow the name of the file. */
export function readResult(text: string): Result<ExperimentResult, string> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err('is not JSON'); // JSON.parse throws on bad input only
  }
  const parsed = v.safeParse(resultSchema, json);
  if (parsed.success) return ok(parsed.output);
  const place = v.getDotPath(parsed.issues[0]) ?? 'the whole';
  return err(`is not what experiment caller-comp prints as JSON: ${place} is ${parsed.issues[0].received}`);
}

/** Puts shards together: all of one division, each once, in any order. A whole result alone is taken as it is. */
export function merge(
  files: readonly Named<ExperimentResult>[],
): Result<ExperimentResult, readonly string[]> {
  const [first, ...others] = files;
  if (first === undefined) return err(['there is nothing to merge']);
  if (others.length === 0 && first.value.shard === null) return ok(first.value);
  const problems = [...others.flatMap((file) => differences(first, file)), ...shardProblems(files)];
  if (problems.length > 0) return err(problems);
  const sweep: CvResult[] = files.flatMap(({ value }) => value.sweep);
  sweep.sort((a, b) => a.cv_percent - b.cv_percent);
  return ok({ ...first.value, shard: null, sweep });
}

function differences(a: Named<ExperimentResult>, b: Named<ExperimentResult>): string[] {
  const parts = [
    ['model version', a.value.model, b.value.model],
    ['--cv', a.value.options.cv_percent.join(), b.value.options.cv_percent.join()],
    ['--seeds', a.value.options.seeds, b.value.options.seeds],
    ['--ios', a.value.options.ios, b.value.options.ios],
    ['number of shards', a.value.shard?.count ?? 1, b.value.shard?.count ?? 1],
  ] as const;
  return parts
    .filter(([, left, right]) => left !== right)
    .map(([what]) => `${a.name} and ${b.name} differ in their ${what}`);
}

function shardProblems(files: readonly Named<ExperimentResult>[]): string[] {
  const count = files[0]?.value.shard?.count ?? 1;
  const problems: string[] = [];
  for (let index = 1; index <= count; index++) {
    const own = files.filter(({ value }) => (value.shard?.index ?? 1) === index);
    if (own.length === 0) problems.push(`shard ${index}/${count} is missing`);
    if (own.length > 1)
      problems.push(
        `shard ${index}/${count} is there more than once: ${own.map(({ name }) => name).join(', ')}`,
      );
  }
  for (const { name, value } of files)
    if (value.sweep.map((cv) => cv.cv_percent).join() !== cvsOf(value.options, value.shard).join())
      problems.push(`${name} does not hold the coefficients of variation of its shard`);
  return problems;
}
