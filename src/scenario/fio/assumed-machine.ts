import { LIMITS } from '../limits.ts';
import type { ScenarioInput } from '../schema.ts';

type Actor = ScenarioInput['actors'][number];

/**
 * A fast drive: 5 us for a read and 4.9 us for a write of 4 KiB are rows 35 and 37 of the cost model (Optane), where the CPU
 * and not the drive decides. Gamma with a cv of 50 % is an assumption: with it the model of section 3 there comes closest to
 * the published figures.
 */
const READ_NS = 5_000;
const WRITE_NS = 4_900;
const CV_PERCENT = 50;
export const ASSUMED_DEVICE = `a fast drive (4 KiB: read ${READ_NS / 1000} us, write ${WRITE_NS / 1000} us, gamma distributed with a cv of ${CV_PERCENT} %)`;

const LEAST_CPUS = 4;
/** More CPUs than this are not added for the sake of jobs that name none. */
const MOST_CPUS_FOR_JOBS = 32;

/** Entries of a queue, of which one stays free, and the most that NVMe allows. */
const DEFAULT_DEPTH = 1024;
const MOST_DEPTH = 65_536;

/** The least power of two that leaves a tag for each polled I/O: one without a tag would fail. */
function depthFor(inFlight: number): number {
  let depth = DEFAULT_DEPTH;
  while (depth <= inFlight && depth < MOST_DEPTH) depth *= 2;
  return depth;
}

/** Enough CPUs for the highest one named and for the jobs that run at the same time. */
export function machineFor(actors: readonly Actor[], ncpus: number | null): ScenarioInput['machine'] {
  const named = Math.max(-1, ...actors.flatMap(cpusNamed));
  const wanted = Math.max(LEAST_CPUS, named + 1, Math.min(concurrent(actors), MOST_CPUS_FOR_JOBS));
  const cpus = Math.min(ncpus ?? wanted, LIMITS.cpus);
  const polled = actors.filter(({ hipri, ioengine }) => hipri === true && ioengine === 'io_uring');
  const inFlight = polled.reduce((sum, { iodepth }) => sum + (iodepth ?? 1), 0);
  return {
    cpus,
    nvme: {
      queues: cpus,
      poll_queues: polled.length > 0 ? 1 : 0,
      ...(inFlight < DEFAULT_DEPTH ? {} : { queue_depth: depthFor(inFlight) }),
      read: { kind: 'gamma', mean_ns: READ_NS, cv_percent: CV_PERCENT },
      write: { kind: 'gamma', mean_ns: WRITE_NS, cv_percent: CV_PERCENT },
    },
  };
}

const cpusNamed = ({ cpus_allowed, sqthread_poll_cpu }: Actor): readonly number[] => [
  ...(cpus_allowed ?? []),
  ...(sqthread_poll_cpu === undefined ? [] : [sqthread_poll_cpu]),
];

/** The most jobs between two stonewalls. */
function concurrent(actors: readonly Actor[]): number {
  let most = 0;
  let group = 0;
  for (const { stonewall } of actors) {
    group = stonewall === true ? 1 : group + 1;
    most = Math.max(most, group);
  }
  return most;
}
