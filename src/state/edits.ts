import type { Result } from '../base/result.ts';
import { ok } from '../base/result.ts';
import { effectiveFlips, type KernelName } from '../kernel/kernels.ts';
import type { SwitchId, Switches } from '../kernel/switches.ts';
import { BUFFERED_ONLY, EXTENTS, parseScenario, type ScenarioProblem } from '../scenario/parse.ts';
import type { FioActor } from '../scenario/schema-job.ts';
import type { Scenario } from '../scenario/schema.ts';

/** Where a value sits in a scenario: `['machine', 'nvme', 'queues']`, `['actors', 0, 'iodepth']`. */
export type Path = readonly (string | number)[];

/** A changed scenario, with what had to follow the change so that it can run. */
export type Edited = { readonly scenario: Scenario; readonly followed: readonly string[] };

/** `scenario` with the value at `path` replaced (`undefined` removes it), validated as a whole. */
export function editScenario(
  scenario: Scenario,
  path: Path,
  value: unknown,
): Result<Edited, readonly ScenarioProblem[]> {
  return checked(follow(setAt(scenario, path, value) as Scenario, path));
}

/** A change, validated as a whole. */
export function checked(edited: Edited): Result<Edited, readonly ScenarioProblem[]> {
  const parsed = parseScenario(edited.scenario);
  return parsed.ok ? ok({ scenario: parsed.value, followed: edited.followed }) : parsed;
}

/** A named kernel sets every switch, so flips against the one before are gone. */
export function withKernel(scenario: Scenario, name: KernelName): Scenario {
  return { ...scenario, kernel: { name, switches: {} } };
}

/** One switch flipped; flipping it back to the kernel's own value leaves no trace. */
export function withSwitch<S extends SwitchId>(scenario: Scenario, id: S, value: Switches[S]): Scenario {
  const { name, switches } = scenario.kernel;
  return { ...scenario, kernel: { name, switches: effectiveFlips(name, { ...switches, [id]: value }) } };
}

/** Copies along the path and leaves the rest shared. */
function setAt(node: unknown, path: Path, value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (Array.isArray(node)) {
    const items: readonly unknown[] = node;
    return items.map((item, i) => (i === head ? setAt(item, rest, value) : item));
  }
  const fields = (node ?? {}) as Readonly<Record<string, unknown>>;
  const next = setAt(fields[head], rest, value);
  if (next !== undefined) return { ...fields, [head]: next };
  return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== String(head)));
}

/**
 * Some fields bound others. Who lowers the CPUs means a smaller machine, not an error about queues, so the bounded
 * fields follow, and the page says so. Only what the edit itself bounds is touched.
 */
function follow(scenario: Scenario, path: Path): Edited {
  const field = path.at(-1);
  if (field === 'cpus') return followCpus(scenario);
  if (field === 'hipri') return followHipri(scenario);
  if (field === 'sqthread_poll' || field === 'taskrun') return followRing(scenario, path);
  if (field === 'ioengine') return followEngine(scenario, path);
  if (field === 'filesystem') return followFilesystem(scenario, path);
  return { scenario, followed: [] };
}

function followCpus(scenario: Scenario): Edited {
  const { cpus, nvme } = scenario.machine;
  const followed: string[] = [];
  let next = scenario;
  if (nvme.queues > cpus && cpus >= 1) {
    next = { ...next, machine: { ...next.machine, nvme: { ...nvme, queues: cpus } } };
    followed.push(`I/O queue pairs lowered to ${cpus}: the driver makes at most one a CPU`);
  }
  const actors = next.actors.map((given) => {
    let actor = given;
    if (given.sqthread_poll_cpu !== undefined && given.sqthread_poll_cpu >= cpus) {
      followed.push(`sqthread_poll_cpu of ${given.name} follows the number of CPUs`);
      const { sqthread_poll_cpu: _, ...rest } = given;
      actor = rest;
    }
    const allowed = actor.cpus_allowed?.filter((cpu) => cpu < cpus);
    if (allowed === undefined || allowed.length === actor.cpus_allowed?.length) return actor;
    followed.push(`cpus_allowed of ${actor.name} follows the number of CPUs`);
    const { cpus_allowed: _, ...rest } = actor;
    return allowed.length > 0 ? { ...rest, cpus_allowed: allowed } : rest;
  });
  return { scenario: followed.length > 0 ? { ...next, actors } : scenario, followed };
}

/** The kernel refuses COOP_TASKRUN and DEFER_TASKRUN for a ring whose thread submits: what was set last stays. */
function followRing(scenario: Scenario, path: Path): Edited {
  const index = path.at(-2);
  const actor = typeof index === 'number' ? scenario.actors[index] : undefined;
  if (actor?.sqthread_poll !== true || actor.taskrun === 'default') return { scenario, followed: [] };
  const keepsThread = path.at(-1) === 'sqthread_poll';
  const mended: typeof actor = keepsThread
    ? { ...actor, taskrun: 'default' }
    : { ...actor, sqthread_poll: false };
  return {
    scenario: { ...scenario, actors: scenario.actors.map((a) => (a === actor ? mended : a)) },
    followed: [
      keepsThread
        ? 'task_work of the ring is default: a thread that submits runs it itself'
        : 'sqthread_poll is off: the kernel refuses it with such a ring',
    ],
  };
}

/** A filesystem takes only the extents that it has, and only the I/O that is modelled. */
function followFilesystem(scenario: Scenario, path: Path): Edited {
  const index = path.at(-2);
  const file = typeof index === 'number' ? scenario.files[index] : undefined;
  if (file === undefined || !Object.hasOwn(EXTENTS, file.filesystem)) return { scenario, followed: [] };
  const { id, filesystem } = file;
  const followed: string[] = [];
  const kept = file.extents.filter(({ state }) => EXTENTS[filesystem].includes(state));
  if (kept.length < file.extents.length)
    followed.push(`extents of ${id} dropped that ${filesystem} does not have`);
  const buffers = (actor: FioActor): boolean =>
    actor.file === id && actor.direct && BUFFERED_ONLY.includes(filesystem);
  for (const { name } of scenario.actors.filter(buffers))
    followed.push(`${name} goes through the page cache: direct I/O on ${filesystem} is not modelled`);
  const reads = ({ file: on, rw }: FioActor): boolean =>
    filesystem === 'fuse' && on === id && rw !== 'write' && rw !== 'randwrite';
  for (const { name } of scenario.actors.filter(reads))
    followed.push(`${name} writes: reads on ${filesystem} are not modelled`);
  const answered = filesystem !== 'fuse' && file.fail_write > 0;
  if (answered) followed.push(`${id} has no daemon that could fail a write`);
  if (followed.length === 0) return { scenario, followed };
  const fail_write = answered ? 0 : file.fail_write;
  const files = scenario.files.map((f) => (f === file ? { ...file, extents: kept, fail_write } : f));
  const actors = scenario.actors.map((a) => ({
    ...a,
    direct: a.direct && !buffers(a),
    rw: reads(a) ? 'write' : a.rw,
  }));
  return { scenario: { ...scenario, files, actors }, followed };
}

function followHipri(scenario: Scenario): Edited {
  const polls = scenario.actors.some((a) => a.hipri && a.ioengine === 'io_uring');
  if (!polls || scenario.machine.nvme.poll_queues > 0) return { scenario, followed: [] };
  const nvme = { ...scenario.machine.nvme, poll_queues: 1 };
  return {
    scenario: { ...scenario, machine: { ...scenario.machine, nvme } },
    followed: ['one poll queue added: polling needs a queue without interrupt'],
  };
}

/** A synchronous engine has one I/O in flight, whatever iodepth says; fio does the same with a warning. */
function followEngine(scenario: Scenario, path: Path): Edited {
  const index = path.at(-2);
  const actor = typeof index === 'number' ? scenario.actors[index] : undefined;
  const polls = followHipri(scenario);
  if (actor?.ioengine !== 'psync' || actor.iodepth === 1) return polls;
  const one = { ...actor, iodepth: 1, iodepth_batch_submit: 1, iodepth_batch_complete_min: 1 };
  return {
    scenario: { ...scenario, actors: scenario.actors.map((a) => (a === actor ? one : a)) },
    followed: ['iodepth is 1: a synchronous engine waits for each I/O'],
  };
}
