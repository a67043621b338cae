import type { ScenarioInput } from './schema.ts';

/**
 * Small scenarios that each tell one story. They stay small on purpose: a few I/Os on a few CPUs, so that the whole run
 * fits the screen. Their ids are in links and never change their meaning.
 */
export type Preset = {
  readonly id: string;
  /** What there is to see, as one sentence. */
  readonly title: string;
  /** Why it is so, and where to look. */
  readonly summary: string;
  readonly scenario: ScenarioInput;
};

type Actor = ScenarioInput['actors'][number];
type MachineInput = ScenarioInput['machine'];
type Nvme = MachineInput['nvme'];
type Kernel = ScenarioInput['kernel'];

const MIB = 1024 * 1024;
export const KIB = 1024;

/** A fast drive without spread, so that nothing but the kernel decides the order (cost-model.md rows 35 and 37). */
export const FAST_DRIVE: Nvme = {
  queues: 2,
  read: { kind: 'fixed', mean_ns: 5_000 },
  write: { kind: 'fixed', mean_ns: 4_900 },
};

/** A job; it runs on CPU 1 and does 4 I/Os unless it says otherwise. */
type Job = Omit<Actor, 'kind' | 'name' | 'file' | 'ios'> & { readonly name?: string; readonly ios?: number };

export type Story = {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** Two CPUs unless it says otherwise. */
  readonly machine?: MachineInput;
  /** What differs from the fast drive; instead of `machine`. */
  readonly nvme?: Partial<Nvme>;
  readonly kernel: Kernel['name'];
  readonly switches?: Kernel['switches'];
  /** What takes another time than usual. */
  readonly costs?: ScenarioInput['costs'];
  /** What differs from 16 MiB of written blocks on XFS. */
  readonly file?: Partial<ScenarioInput['files'][number]>;
  readonly job: Job;
  /** A second job, on CPU 0. */
  readonly other?: Job;
};

export function preset(story: Story): Preset {
  const { id, title, summary, kernel, switches, costs, job, other } = story;
  const machine = story.machine ?? { cpus: 2, nvme: { ...FAST_DRIVE, ...story.nvme } };
  const scenario: ScenarioInput = {
    version: 1,
    title,
    machine,
    kernel: { name: kernel, ...(switches !== undefined && { switches }) },
    files: [{ id: 'data', size_bytes: 16 * MIB, ...story.file }],
    actors: [actor('fio-job', 1, job), ...(other === undefined ? [] : [actor('other-job', 0, other)])],
    ...(costs !== undefined && { costs }),
    seed: 1,
  };
  return { id, title, summary, scenario };
}

function actor(name: string, cpu: number, job: Job): Actor {
  return { kind: 'fio', name, file: 'data', cpus_allowed: [cpu], ios: 4, ...job };
}
