import { EXTENTS } from '../scenario/parse.ts';
import type { ScenarioFile } from '../scenario/schema-file.ts';
import type { FioActor } from '../scenario/schema-job.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Edited } from './edits.ts';

/**
 * What people flip most and what takes several fields of the scenario: one control each. A shortcut is about the first
 * job and its file, as nearly all scenarios have one.
 */
type Shortcut = {
  readonly title: string;
  readonly help: string;
  /** How the scenario stands; of a choice one of `options`, or `LISTED` where the scenario says more than they can. */
  readonly get: (scenario: Scenario) => string | boolean;
  readonly set: (scenario: Scenario, value: string | boolean) => Edited;
  /** What there is to choose from; a switch has none. */
  readonly options?: (scenario: Scenario) => readonly string[];
};

/** A choice that stands for what is listed entry by entry. */
export const LISTED = 'as listed';

const extentState: Shortcut = {
  title: 'blocks of the file',
  help: 'What the filesystem has where the job works: written blocks, allocated ones without data, nothing, or blocks shared by a reflink.',
  get: (s) => {
    const { file, end } = target(s);
    const [only, ...more] = file.extents;
    if (only === undefined) return isAppend(s) || file.filesystem === 'zonefs' ? 'hole' : 'mapped';
    const isWhole = only.offset_bytes === 0 && only.length_bytes >= end;
    return more.length === 0 && isWhole ? only.state : LISTED;
  },
  set: (s, value) => {
    const { file, end } = target(s);
    const state = EXTENTS[file.filesystem].find((known) => known === value);
    const plain = isAppend(s) ? 'hole' : 'mapped';
    const whole =
      state === undefined || state === plain ? [] : [{ offset_bytes: 0, length_bytes: end, state }];
    return plainly(withFile(s, { extents: whole }));
  },
  options: (s) => EXTENTS[target(s).file.filesystem],
};

const append: Shortcut = {
  title: 'writes append',
  help: 'The job works behind the end of the file, so that its writes extend it.',
  get: isAppend,
  set: (s, value) => {
    const { file, end } = target(s);
    const actors = s.actors.map((actor): FioActor => {
      if (actor.file !== file.id) return actor;
      if (value === true)
        return { ...actor, size_bytes: actor.size_bytes ?? file.size_bytes - actor.offset_bytes };
      const { size_bytes, ...rest } = actor;
      return size_bytes === undefined || actor.offset_bytes + size_bytes >= end ? rest : actor;
    });
    const begin = Math.min(...s.actors.filter((a) => a.file === file.id).map((a) => a.offset_bytes));
    return plainly({ ...withFile(s, { size_bytes: value === true ? begin : end }), actors });
  },
};

const cached: Shortcut = {
  title: 'cached pages',
  help: 'All of the file is in the page cache at the start. A write drops its own pages, the others stay.',
  get: (s) => target(s).file.cached.length > 0,
  set: (s, value) => {
    const { file } = target(s);
    const all = { offset_bytes: 0, length_bytes: Math.max(file.size_bytes, 4096) };
    return plainly(withFile(s, { cached: value === true ? [all] : [] }));
  },
};

const pollQueue: Shortcut = {
  title: 'poll queue',
  help: 'The driver has a queue without interrupt for polled I/O (nvme.poll_queues).',
  get: (s) => s.machine.nvme.poll_queues > 0,
  set: (s, value) => plainly(withNvme(s, { poll_queues: value === true ? 1 : 0 })),
};

/** As much as four pages: what a split needs, when the job's I/Os are smaller. */
const SPLITTABLE = 16_384;

const split: Shortcut = {
  title: 'bios are split',
  help: 'The largest transfer of the device is below the block size of the job.',
  get: (s) => s.machine.nvme.max_transfer_bytes < largestIo(target(s).job),
  set: (s, value) => {
    if (value !== true) return plainly(withNvme(s, { max_transfer_bytes: 1_048_576 }));
    const { job } = target(s);
    const largest = largestIo(job);
    if (largest > 4096)
      return plainly(withNvme(s, { max_transfer_bytes: Math.max(4096, 4096 * Math.floor(largest / 8192)) }));
    const size = [{ bytes: SPLITTABLE, weight: 1 }];
    const raised = s.actors.map((a) => (a === job ? { ...a, bs_read: size, bs_write: size } : a));
    return {
      scenario: { ...withNvme(s, { max_transfer_bytes: 4096 }), actors: raised },
      followed: [`bs raised to ${SPLITTABLE} bytes: a page cannot be split`],
    };
  },
};

const fault: Shortcut = {
  title: 'an I/O fails',
  help: 'The device fails the first command of the job’s direction with BLK_STS_IOERR; more to choose in the list of faults.',
  get: (s) => s.machine.nvme.faults.length > 0,
  set: (s, value) => {
    const op = target(s).job.rw.endsWith('read') ? 'read' : 'write';
    const first = { op, nth: 1, count: 1, status: 'BLK_STS_IOERR' } as const;
    return plainly(withNvme(s, { faults: value === true ? [first] : [] }));
  },
};

export const SHORTCUTS = { extentState, append, cached, pollQueue, split, fault } as const satisfies Record<
  string,
  Shortcut
>;
export type ShortcutId = keyof typeof SHORTCUTS;

/** The first job, its file, and where its region ends in it. */
function target(s: Scenario): { readonly job: FioActor; readonly file: ScenarioFile; readonly end: number } {
  const [job] = s.actors;
  const file = s.files.find(({ id }) => id === job?.file);
  if (job === undefined || file === undefined) throw new Error('A valid scenario has a job, and its file.');
  const ends = s.actors.filter((a) => a.file === file.id).map((a) => a.offset_bytes + (a.size_bytes ?? 0));
  return { job, file, end: Math.max(file.size_bytes, ...ends) };
}

/** Every byte of the job's region is behind the end of the file. */
function isAppend(s: Scenario): boolean {
  const { job, file } = target(s);
  return job.offset_bytes >= file.size_bytes;
}

const largestIo = (job: FioActor): number =>
  Math.max(...(job.rw.endsWith('read') ? job.bs_read : job.bs_write).map(({ bytes }) => bytes));

const plainly = (scenario: Scenario): Edited => ({ scenario, followed: [] });

function withFile(s: Scenario, change: Partial<ScenarioFile>): Scenario {
  const { file } = target(s);
  return { ...s, files: s.files.map((f) => (f === file ? { ...f, ...change } : f)) };
}

function withNvme(s: Scenario, change: Partial<Scenario['machine']['nvme']>): Scenario {
  return { ...s, machine: { ...s.machine, nvme: { ...s.machine.nvme, ...change } } };
}
