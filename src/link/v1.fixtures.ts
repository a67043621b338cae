import type { ScenarioInput } from '../scenario/schema.ts';
import type { LinkPreset, LinkView } from './state.ts';

/**
 * Every form that a link of format 1 can take, with what it opens to. Links live for ever in mail archives, so a line
 * here is never edited and never removed; a new form of format 1 adds one. The presets are the corpus's own.
 */
const OVERWRITE: ScenarioInput = {
  version: 1,
  title: 'Fixture',
  machine: {
    cpus: 2,
    nvme: { queues: 2, read: { kind: 'fixed', mean_ns: 80_000 }, write: { kind: 'fixed', mean_ns: 20_000 } },
  },
  kernel: { name: 'v6.6-to-v6.18' },
  files: [{ id: 'data', size_bytes: 1_048_576 }],
  actors: [{ kind: 'fio', name: 'job', file: 'data', rw: 'randwrite', ioengine: 'io_uring', ios: 4 }],
};
const [JOB] = OVERWRITE.actors as [ScenarioInput['actors'][number]];
const READ: ScenarioInput = { ...OVERWRITE, title: 'Read', actors: [{ ...JOB, rw: 'randread' }] };

export const FIXTURE_PRESETS: readonly [LinkPreset, ...LinkPreset[]] = [
  { id: 'overwrite', scenario: OVERWRITE },
  { id: 'read-v6.5', scenario: READ },
];

export type Fixture = {
  readonly form: string;
  readonly fragment: string;
  readonly preset: string | null;
  readonly scenario: ScenarioInput;
  /** What differs from the view of an empty link. */
  readonly view: Partial<LinkView>;
};

const fixture = (
  form: string,
  fragment: string,
  { preset = 'overwrite', scenario = OVERWRITE, view = {} }: Partial<Omit<Fixture, 'form' | 'fragment'>> = {},
): Fixture => ({ form, fragment, preset, scenario, view });

const job = (change: Partial<ScenarioInput['actors'][number]>): ScenarioInput => ({
  ...OVERWRITE,
  actors: [{ ...JOB, ...change }],
});
const machine = (change: Partial<ScenarioInput['machine']>): ScenarioInput => ({
  ...OVERWRITE,
  machine: { ...OVERWRITE.machine, ...change },
});
const nvme = (change: Partial<ScenarioInput['machine']['nvme']>): ScenarioInput =>
  machine({ nvme: { ...OVERWRITE.machine.nvme, ...change } });

const SCENARIOS: readonly Fixture[] = [
  fixture('a preset', 'v=1&s=overwrite&t=0'),
  fixture('a preset with a dot in its id', 'v=1&s=read-v6.5&t=0', { preset: 'read-v6.5', scenario: READ }),
  fixture('no scenario: the first preset', 'v=1&t=0'),
  fixture('a difference without a preset: from the first', 'v=1&seed=7&t=0', {
    scenario: { ...OVERWRITE, seed: 7 },
  }),
  fixture('another kernel', 'v=1&s=overwrite&kernel=v6.6-rc&t=0', {
    scenario: { ...OVERWRITE, kernel: { name: 'v6.6-rc' } },
  }),
  fixture('switches flipped', 'v=1&s=overwrite&CALLER_FLAG=none&ISSUER_REQUESTS=true&t=0', {
    scenario: {
      ...OVERWRITE,
      kernel: { name: 'v6.6-to-v6.18', switches: { CALLER_FLAG: 'none', ISSUER_REQUESTS: true } },
    },
  }),
  fixture('a switch whose value has blanks', 'v=1&s=overwrite&READ_INLINE=not.x20WRITE&t=0', {
    scenario: { ...OVERWRITE, kernel: { name: 'v6.6-to-v6.18', switches: { READ_INLINE: 'not WRITE' } } },
  }),
  fixture('a cost', 'v=1&s=overwrite&cost.ctxsw.bare=200&t=0', {
    scenario: { ...OVERWRITE, costs: { 'ctxsw.bare': 200 } },
  }),
  fixture(
    'machine',
    'v=1&s=overwrite&cpus=8&cpus_per_llc=4&hz=1000&preempt=full&rq_affinity=2&wake_preempts=false&t=0',
    {
      scenario: machine({
        cpus: 8,
        cpus_per_llc: 4,
        hz: 1000,
        preempt: 'full',
        rq_affinity: 2,
        wake_preempts: false,
      }),
    },
  ),
  fixture('device', 'v=1&s=overwrite&poll_queues=1&queue_depth=64&queues=1&read_ns=5000&write_ns=6000&t=0', {
    scenario: nvme({
      poll_queues: 1,
      queue_depth: 64,
      queues: 1,
      read: { kind: 'fixed', mean_ns: 5000 },
      write: { kind: 'fixed', mean_ns: 6000 },
    }),
  }),
  fixture('job', 'v=1&s=overwrite&bs_read=8192&bs_write=16384&iodepth=8&ios=20&rw=randrw&rwmixread=70&t=0', {
    scenario: job({
      bs_read: [{ bytes: 8192, weight: 1 }],
      bs_write: [{ bytes: 16_384, weight: 1 }],
      iodepth: 8,
      ios: 20,
      rw: 'randrw',
      rwmixread: 70,
    }),
  }),
  fixture('job, the rest', 'v=1&s=overwrite&hipri=true&ioengine=psync&rate_iops=500&thinktime_ns=1000&t=0', {
    scenario: job({ hipri: true, ioengine: 'psync', rate_iops: 500, thinktime_ns: 1000 }),
  }),
  fixture(
    'fields without a short key',
    'v=1&s=overwrite&actors~0~name=a.x2fb&~title=~true&machine~nvme~read~kind=normal&t=0',
    {
      scenario: {
        ...nvme({ read: { kind: 'normal', mean_ns: 80_000 } }),
        actors: [{ ...JOB, name: 'a/b' }],
        title: 'true',
      },
    },
  ),
  fixture(
    'compressed differences from a preset',
    'v=1&s=overwrite&z=3VJNb8IwDP0v7xxpZYNuy19BKEpbt_VokioxKgzBb5_a8nFB47LTbrH9Xvz87CPOtpQQE_T6iC37Cho1Byh46wgaX6GAQs3dGFRWLBTiAI1ofTVEFpoSjveRbAW9yhQ4kG_YjwwOZhfZN1BouY8MXdsukUKRzExYH1EchBL0MvvMFQbiphXoxWkzoeYev8M4VNRLC724vU1hpWxN2hWO5UGhDK7vSMg49lM51HUiMZcmmYIP44jBOdvfVHMYBShIy34r7Mj4GRytkOHQz1ESG8VU1NnDFZAkeBps113-OqnHfneheZlGjnfbu9BcXX_ueJ8OvvxPdr_-id0bhfNo53zpXN2vecoekpCDxr5OUEj8TVdpi2z5sXrPx31NrHkZT0j5avWWnzanHw&t=0',
    {
      scenario: {
        ...OVERWRITE,
        files: [...OVERWRITE.files, { id: 'log', size_bytes: 65_536 }],
        actors: [
          JOB,
          { kind: 'fio', name: 'log/writer', file: 'log', rw: 'write', ioengine: 'psync', ios: 2 },
        ],
      },
    },
  ),
  fixture(
    'the whole, compressed',
    'v=1&z=fVNbbtswELxKMd9MIDuJm_Ai_QgKgpZW1tZ8KOTKjmPY6CF6wp6kIGUn_Uirr30NZ_ahI862lZgy9PMRWw4dNHqOUAjWEzR-xDUUenbF6axYKKQ9NJIN3T6xUA14fk1kO-iHRoEjhQ2HguBopsRhA4WBx8TQvXWZFNbZzIDnI9YHoQx93zytFPbEm0GgF6fvtWrm-H8Zx45GGaAX77ZZW2kHk6e1Z_kk0UY_OhIynkNNx77PJOZC0iiEWFqM3tvxXTXHIkBBBg5bYU8mzMXJChmO4-xlsUlMR84ergVZYqC9de7yVpF9bmOWDH08KZzLiOc1cPcx6ho9ZCEPjdc-QyHzG11lLpr7x4evq_rYllIgB328rm63ul3dSLzZrW4XjwW4Z2kHqoSF0bHnSo_Mvuq8WzUfnwLtKJSC5RwoGG_boW72iHacSk5Vw4yUjHMt9PJhpTC8FaNRGBORH6WoiW4KYtMBCnu7JXNJZWhJEymkF2P7ngPLoS4k7HzleZlooplpjM6Zq9-oOWWuu2-W9wrzUf11y6_UQcGTDbXFx7m1dlcUtxQEujR2ubJ_45af4-oeavNlGHdlSieFTNRBPz0pnIWl_jrfhujoy--fv75sbHiDwnlHKXMsx3f6Aw&t=0',
    { preset: null, scenario: { ...OVERWRITE, seed: 99, title: 'Whole — ganz' } },
  ),
];

const VIEWS: readonly Fixture[] = [
  fixture('cursor', 'v=1&s=overwrite&t=81234', { view: { cursor_ns: 81_234 } }),
  fixture('cursor on an event', 'v=1&s=overwrite&t=81234&e=bio.3~bio_endio~2', {
    view: { cursor_ns: 81_234, cursor_event: 'bio.3~bio_endio~2' },
  }),
  fixture('selected event', 'v=1&s=overwrite&t=0&sel=cpu.1~i-nvme0q2~7', {
    view: { selection: 'cpu.1~i-nvme0q2~7' },
  }),
  fixture('selected object', 'v=1&s=overwrite&t=0&sel=task_struct-kworker.x2f1.x3a0', {
    view: { selection: 'task_struct-kworker.x2f1.x3a0' },
  }),
  fixture('followed I/O', 'v=1&s=overwrite&t=0&io=io_kiocb.2', { view: { io: 'io_kiocb.2' } }),
  fixture('range', 'v=1&s=overwrite&t=0&r=1000~90000', { view: { range: { t0_ns: 1000, t1_ns: 90_000 } } }),
  fixture('clock axis', 'v=1&s=overwrite&t=0&x=clock', { view: { axis: 'clock' } }),
  fixture('folded axis, written out', 'v=1&s=overwrite&t=0&x=folded'),
  fixture('steps as axis, with a window in steps', 'v=1&s=overwrite&t=0&x=steps&w=-1.5~40.125', {
    view: { axis: 'steps', window: { from: -1.5, to: 40.125 } },
  }),
  fixture('all flows', 'v=1&s=overwrite&t=0&flows=all', { view: { flows: 'all' } }),
  fixture('no flows', 'v=1&s=overwrite&t=0&flows=none', { view: { flows: 'none' } }),
  fixture('not following', 'v=1&s=overwrite&t=0&follow=0', { view: { follow: false } }),
  fixture('panels', 'v=1&s=overwrite&t=0&p=controls~drawer', { view: { panels: ['controls', 'drawer'] } }),
  fixture('no panel open', 'v=1&s=overwrite&t=0&p=.x', { view: { panels: [] } }),
  fixture('view and tab', 'v=1&s=overwrite&t=0&view=events&tab=findings', {
    view: { view: 'events', tab: 'findings' },
  }),
  fixture('collapsed tracks', 'v=1&s=overwrite&t=0&fold=cpu-0~nvme0q1', {
    view: { collapsed: ['cpu 0', 'nvme0q1'] },
  }),
  fixture(
    'search and title',
    'v=1&s=overwrite&t=0&q=bio_endio-.x21x&title=Why-the-kworker.x3f-.u00fcber-v6.6',
    {
      view: { search: 'bio_endio !x', title: 'Why the kworker? über v6.6' },
    },
  ),
];

const AROUND: readonly Fixture[] = [
  ['with #', '#v=1&s=overwrite&t=12'],
  ['a whole address', 'https://example.org/bioscope/#v=1&s=overwrite&t=12'],
  ['an address of a local file', 'file:///srv/bioscope/index.html#v=1&s=overwrite&t=12'],
  ['in angle brackets', '<https://example.org/bioscope/#v=1&s=overwrite&t=12>'],
  ['at the end of a sentence', 'see https://example.org/bioscope/#v=1&s=overwrite&t=12.'],
  ['in parentheses, with a comma', '(https://example.org/bioscope/#v=1&s=overwrite&t=12),'],
  ['broken by a mail program', 'https://example.org/bioscope/#v=1&s=over\r\n write&t=12\n'],
  ['a footnote', '[1] Why the kworker?\n    https://example.org/bioscope/#v=1&s=overwrite&t=12\n'],
  ['from HTML', 'https://example.org/bioscope/#v=1&amp;s=overwrite&amp;t=12'],
  ['re-encoded by a chat program', 'https://example.org/#v=1&s=over%77rite&t=%31%32'],
].map(([form = '', fragment = '']) => fixture(form, fragment, { view: { cursor_ns: 12 } }));

export const V1_FIXTURES: readonly Fixture[] = [...SCENARIOS, ...VIEWS, ...AROUND];
