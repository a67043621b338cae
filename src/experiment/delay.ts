/**
 * The delay of one jiffy before a batch of BIO_COMPLETE_IN_TASK is worked off: sequential uncached writes of 128 KiB at
 * depth 1 on XFS, with the delay of RFC v5 and v6 and without it. One parameter is fitted on the row without the delay, the
 * cost of copying a page, to its p99; the other row is predicted. Pure; the host simulates.
 */
import { type BatchFigures } from '../analysis/batch-figures.ts';
import { distributionOf, PERCENTILES } from '../analysis/statistics.ts';
import { assert } from '../base/assert.ts';
import { LIMITS } from '../scenario/limits.ts';
import { parseScenario } from '../scenario/parse.ts';
import type { Scenario } from '../scenario/schema.ts';

export const DELAYS = ['none', '1 jiffy'] as const;
export type Delay = (typeof DELAYS)[number];

/** One row as published. HZ, device and length of the run are not given. */
export type PublishedDelay = {
  readonly switches: number;
  readonly biosPerRun: number;
  readonly p99_ns: number;
};
/** Source: Tal Zussman, replies of 22 and 26 May 2026 on v6, bio-complete-in-task.md section 6. */
export const PUBLISHED_DELAY: Readonly<Record<Delay, PublishedDelay>> = {
  none: { switches: 3_680_000, biosPerRun: 1.1, p99_ns: 35_800 },
  '1 jiffy': { switches: 184_000, biosPerRun: 80.4, p99_ns: 36_200 },
};

export const DELAY_HZ = [100, 250, 300, 1000] as const;
export type DelayOptions = {
  /** Ticks a second; the mail does not say. */
  readonly hz: (typeof DELAY_HZ)[number];
  readonly ios: number;
  readonly seed: number;
};
export const DELAY_DEFAULTS: DelayOptions = { hz: 1000, ios: 2000, seed: 1 };
export const DELAY_IOS = [500, 5000] as const;

/** One simulation. */
export type DelayPoint = DelayOptions & { readonly delay: Delay; readonly copy_ns: number };

/** The device is fast enough never to be waited for: a writer of uncached data waits for no bio. */
const DEVICE = { mean_ns: 20_000, cv_percent: 50, kind: 'gamma' } as const;
const WRITE_BYTES = 128 * 1024;
const FILE_BYTES = 2 ** 30;
/** Writes at the start that find the machine cold. */
export const DELAY_SKIPPED = 50;

export function delayScenario({ delay, hz, ios, seed, copy_ns }: DelayPoint): Scenario {
  const parsed = parseScenario({
    version: 1,
    title: `in-task-delay: ${delay}`,
    machine: {
      cpus: 2,
      hz,
      preempt: 'lazy',
      nvme: { queues: 2, read: DEVICE, write: DEVICE, bytes_per_us: 6000 },
    },
    kernel: { name: 'in-task-v6', switches: { IN_TASK_DELAY: delay } },
    files: [{ id: 'data', filesystem: 'xfs', size_bytes: FILE_BYTES }],
    actors: [
      {
        kind: 'fio',
        name: 'writer',
        file: 'data',
        rw: 'write',
        ioengine: 'psync',
        direct: false,
        dontcache: true,
        bs_write: [{ bytes: WRITE_BYTES, weight: 1 }],
        cpus_allowed: [1],
        ios,
      },
    ],
    costs: { 'copy.page': copy_ns },
    seed,
    limits: { events: LIMITS.events },
  });
  assert(parsed.ok, 'the scenarios of the experiment are valid');
  return parsed.value;
}

/** One row as simulated. */
export type DelayRow = {
  readonly delay: Delay;
  readonly role: 'fitted' | 'predicted';
  readonly biosPerRun: number;
  readonly switchesPerBio: number;
  /** At `PERCENTILES`. */
  readonly write_ns: readonly number[];
};
export type DelayClaim = { readonly text: string; readonly holds: boolean };
export type DelayResult = {
  readonly format: 'bioscope-experiment';
  readonly version: 1;
  readonly experiment: 'in-task-delay';
  readonly options: DelayOptions;
  /** What was fitted. */
  readonly copy_ns: number;
  readonly rows: readonly DelayRow[];
  readonly claims: readonly DelayClaim[];
};

const P99 = PERCENTILES.indexOf(99);
const ROUNDS = 8;
/** Simulations that one fit takes at most: its rounds and the prediction. */
export const DELAY_MOST_POINTS = ROUNDS + 1;
/** Near enough: half a per cent. */
const NEAR = 0.005;

/** The fit and the prediction: asks for points one after the other and gets their figures. */
export function* fitDelay(options: DelayOptions): Generator<DelayPoint, DelayResult, BatchFigures> {
  const target = PUBLISHED_DELAY.none.p99_ns;
  const pages = WRITE_BYTES / 4096;
  let copy_ns = 400;
  let fitted: DelayRow | null = null;
  for (let round = 0; round < ROUNDS; round++) {
    fitted = rowOf('none', 'fitted', yield { ...options, delay: 'none', copy_ns });
    const missing = target - (fitted.write_ns[P99] ?? target);
    if (Math.abs(missing) <= NEAR * target) break;
    copy_ns = Math.max(1, Math.round(copy_ns + missing / pages)); // each page adds its copy to every write
  }
  assert(fitted !== null, 'there was a round');
  const predicted = rowOf('1 jiffy', 'predicted', yield { ...options, delay: '1 jiffy', copy_ns });
  const rows = [fitted, predicted];
  const claims = claimsOf(fitted, predicted);
  return {
    format: 'bioscope-experiment',
    version: 1,
    experiment: 'in-task-delay',
    options,
    copy_ns,
    rows,
    claims,
  };
}

function rowOf(
  delay: Delay,
  role: DelayRow['role'],
  { bios, runs, switches, writes_ns }: BatchFigures,
): DelayRow {
  return {
    delay,
    role,
    biosPerRun: bios / Math.max(1, runs),
    switchesPerBio: switches / Math.max(1, bios),
    write_ns: distributionOf(writes_ns)?.percentiles_ns ?? [],
  };
}

/** What has to be so whatever the parameters are (bio-complete-in-task.md section 6). */
function claimsOf(none: DelayRow, jiffy: DelayRow): DelayClaim[] {
  const [a, b] = [none.write_ns[P99] ?? Number.NaN, jiffy.write_ns[P99] ?? Number.NaN];
  return [
    {
      text: 'with the delay the worker ends at least ten times as many bios a run',
      holds: jiffy.biosPerRun >= 10 * none.biosPerRun,
    },
    {
      text: 'with the delay there is at most a tenth of the context switches',
      holds: 10 * jiffy.switchesPerBio <= none.switchesPerBio,
    },
    { text: 'the p99 of the writes stays within 10 %', holds: Math.abs(b - a) <= 0.1 * a },
  ];
}
