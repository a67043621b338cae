import * as v from 'valibot';
import { err, ok, type Result } from '../base/result.ts';
import { type FioActor, type Scenario, scenarioSchema } from './schema.ts';

/** One thing wrong with a scenario: which field, what it holds, what is allowed. */
export type ScenarioProblem = { readonly field: string; readonly value: string; readonly message: string };

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
  s.actors.forEach((actor, i) => {
    const at = `actors.${i}`;
    const file = files.get(actor.file);
    if (file === undefined) {
      problems.push({ field: `${at}.file`, value: actor.file, message: 'names no file of the scenario' });
      return;
    }
    const region = actor.size_bytes ?? file.size_bytes - actor.offset_bytes;
    if (actor.offset_bytes + region > file.size_bytes || region <= 0)
      problems.push({
        field: `${at}.size_bytes`,
        value: String(region),
        message: `reaches past the end of ${file.id} (${file.size_bytes} bytes); writes past the end are not modelled yet`,
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
    problems.push(...ringProblems(actor, at, s.machine.cpus));
    if (actor.hipri && actor.ioengine === 'io_uring' && s.machine.nvme.poll_queues === 0)
      problems.push({
        field: `${at}.hipri`,
        value: 'true',
        message:
          'needs machine.nvme.poll_queues of at least 1: polling on a queue that cannot poll is not modelled yet',
      });
  });
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
