import * as v from 'valibot';
import { err, ok, type Result } from '../base/result.ts';
import { EXTENT_STATES, type ScenarioFile } from './schema-file.ts';
import { fuseJobProblems, fuseProblems } from './parse-fuse.ts';
import { type FioActor } from './schema-job.ts';
import type { ScenarioProblem } from './problem.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

export type { ScenarioProblem };

/** Validates anything that claims to be a scenario and fills in defaults. All problems are reported, not the first. */
export function parseScenario(input: unknown): Result<Scenario, readonly ScenarioProblem[]> {
  const parsed = v.safeParse(scenarioSchema, input);
  if (!parsed.success) return err(parsed.issues.map(problemOf));
  const problems = crossCheck(parsed.output);
  return problems.length > 0 ? err(problems) : ok(parsed.output);
}

function problemOf(issue: v.BaseIssue<unknown>): ScenarioProblem {
  return {
    field: v.getDotPath(issue) ?? 'scenario',
    value: shorten(issue.received),
    message: issue.message,
  };
}

/** What no single field can say. */
function crossCheck(s: Scenario): ScenarioProblem[] {
  const problems: ScenarioProblem[] = [];
  const files = new Map(s.files.map((f) => [f.id, f]));
  if (files.size < s.files.length)
    problems.push({ field: 'files', value: '', message: 'two files have the same id' });
  if (s.machine.nvme.queues > s.machine.cpus)
    problems.push({
      field: 'machine.nvme.queues',
      value: String(s.machine.nvme.queues),
      message: `is above the number of CPUs, ${s.machine.cpus}: the driver makes at most one queue a CPU`,
    });
  if (!s.machine.preempt_count && s.machine.preempt !== 'none' && s.machine.preempt !== 'voluntary')
    problems.push({
      field: 'machine.preempt_count',
      value: 'false',
      message: `cannot be with preempt=${s.machine.preempt}: a kernel that preempts its own code has to count`,
    });
  problems.push(...offlineProblems(s.machine));
  s.actors.forEach((actor, i) => {
    const at = `actors.${i}`;
    const file = files.get(actor.file);
    if (file === undefined) {
      problems.push({ field: `${at}.file`, value: actor.file, message: 'names no file of the scenario' });
      return;
    }
    if (actor.direct && actor.ios > 0 && BUFFERED_ONLY.includes(file.filesystem))
      problems.push({
        field: `${at}.direct`,
        value: 'true',
        message: `is not modelled on ${file.filesystem}, only buffered I/O is`,
      });
    const region = actor.size_bytes ?? file.size_bytes - actor.offset_bytes;
    if (region <= 0)
      problems.push({
        field: `${at}.size_bytes`,
        value: String(region),
        message: `leaves nothing of ${file.id} (${file.size_bytes} bytes): give the region a size to write past the end`,
      });
    const largest = Math.max(...actor.bs_read.map((b) => b.bytes), ...actor.bs_write.map((b) => b.bytes));
    if (largest > region)
      problems.push({
        field: `${at}.bs_write`,
        value: String(largest),
        message: `is larger than the job’s region of ${region} bytes`,
      });
    for (const cpu of actor.cpus_allowed ?? [])
      if (cpu >= s.machine.cpus)
        problems.push({
          field: `${at}.cpus_allowed`,
          value: String(cpu),
          message: `is above the last CPU, ${s.machine.cpus - 1}`,
        });
    if (file.filesystem === 'fuse') problems.push(...fuseJobProblems(actor, at));
    problems.push(...ringProblems(actor, at, s.machine.cpus));
    if (actor.hipri && actor.ioengine === 'io_uring' && file.overlay)
      problems.push({
        field: `${at}.hipri`,
        value: 'true',
        message: `cannot be had on ${file.id}: overlayfs has no ->iopoll, so an IOPOLL ring refuses the file`,
      });
  });
  problems.push(...s.files.flatMap(fileProblems), ...mountProblems(s.files), ...fuseProblems(s));
  const tags = s.machine.nvme.queue_depth - 1;
  const polled = s.actors.filter((a) => a.hipri && a.ioengine === 'io_uring');
  const depth = polled.reduce((sum, a) => sum + a.iodepth, 0);
  if (depth > tags)
    problems.push({
      field: 'machine.nvme.queue_depth',
      value: String(s.machine.nvme.queue_depth),
      message:
        `leaves ${tags} tags for ${depth} polled I/Os in flight: ` +
        'a polled bio without a tag fails with -EAGAIN, which is not modelled yet',
    });
  return problems;
}

/** CPUs that go offline: each is one of the machine's, goes once, and comes back after it went. */
function offlineProblems({ cpus, offline }: Scenario['machine']): ScenarioProblem[] {
  return offline.flatMap(({ cpu, at_ns, online_at_ns }, i) => {
    const at = `machine.offline.${i}`;
    const problems: ScenarioProblem[] = [];
    const say = (field: string, value: number, message: string): void => {
      problems.push({ field: `${at}.${field}`, value: String(value), message });
    };
    if (cpu >= cpus) say('cpu', cpu, `is above the last CPU, ${cpus - 1}`);
    if (offline.findIndex((other) => other.cpu === cpu) < i) say('cpu', cpu, 'goes offline once already');
    if (online_at_ns !== undefined && online_at_ns <= at_ns)
      say('online_at_ns', online_at_ns, `is not after ${at_ns}, when the CPU goes`);
    return problems;
  });
}

/** States that an extent can have, by filesystem. */
export const EXTENTS: Readonly<
  Record<ScenarioFile['filesystem'], readonly ScenarioFile['extents'][number]['state'][]>
> = {
  xfs: ['mapped', 'unwritten', 'hole', 'shared'],
  'xfs-zoned': ['mapped', 'hole'],
  ext4: ['mapped', 'unwritten', 'hole'],
  zonefs: [],
  iomap: EXTENT_STATES,
  blkdev: ['mapped'],
  gfs2: ['mapped', 'hole'],
  fuse: [],
};

/** Filesystems of which only buffered I/O is modelled. */
export const BUFFERED_ONLY: readonly ScenarioFile['filesystem'][] = ['blkdev', 'gfs2', 'fuse'];

function fileProblems(file: ScenarioFile, i: number): ScenarioProblem[] {
  const known: readonly string[] = file.conventional ? ['mapped'] : EXTENTS[file.filesystem];
  return file.extents.flatMap(({ state }, n) =>
    known.includes(state)
      ? []
      : [
          {
            field: `files.${i}.extents.${n}.state`,
            value: state,
            message:
              known.length === 0
                ? `is not to be chosen on ${file.filesystem}: what is below the size is written, the rest is not`
                : `is no state on ${file.filesystem}, only ${known.join(', ')}`,
          },
        ],
  );
}

/** The files of a filesystem share its mount options. */
function mountProblems(files: readonly ScenarioFile[]): ScenarioProblem[] {
  const first = files.find(({ filesystem }) => filesystem === 'ext4');
  return files.flatMap(({ filesystem, data_err }, i) =>
    filesystem !== 'ext4' || data_err === first?.data_err
      ? []
      : [
          {
            field: `files.${i}.data_err`,
            value: data_err,
            message: `is not that of ${first?.id ?? ''}, which is on the same mounted filesystem`,
          },
        ],
  );
}

/** What io_uring_setup(2) refuses with -EINVAL. */
function ringProblems(actor: FioActor, at: string, cpus: number): ScenarioProblem[] {
  if (actor.ioengine !== 'io_uring' || !actor.sqthread_poll) return [];
  const problems: ScenarioProblem[] = [];
  if (actor.taskrun !== 'default')
    problems.push({
      field: `${at}.taskrun`,
      value: actor.taskrun,
      message:
        'goes without sqthread_poll only: the kernel refuses such a ring, its thread runs the task_work itself',
    });
  if (actor.sqthread_poll_cpu !== undefined && actor.sqthread_poll_cpu >= cpus)
    problems.push({
      field: `${at}.sqthread_poll_cpu`,
      value: String(actor.sqthread_poll_cpu),
      message: `is above the last CPU, ${cpus - 1}`,
    });
  return problems;
}

/** A value as text, short enough for a message. */
function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
