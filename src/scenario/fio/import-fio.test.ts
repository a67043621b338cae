import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importFio, looksLikeFio } from './import-fio.ts';
import { imported, job, notesOn, problemsIn } from './testing.ts';

const fixture = (name: string) => readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8');
const firstActor = (text: string) => imported(text).scenario.actors[0];

describe('the command of the patch mail', () => {
  const command =
    'fio --name=dio-write --filename=/data1/file --time_based=1 --runtime=10 --bs=4096 --rw=randwrite --norandommap ' +
    '--buffered=0 --cpus_allowed=4 --ioengine=io_uring --iodepth=16';

  test('becomes one io_uring job at depth 16 on CPU 4', () => {
    const { scenario, jobs, simulated } = imported(command);
    expect(scenario.machine).toMatchObject({ cpus: 5, nvme: { queues: 5, poll_queues: 0 } });
    expect(scenario.files).toMatchObject([{ id: 'file', filesystem: 'xfs' }]);
    expect(scenario.actors).toMatchObject([
      {
        name: 'dio-write',
        file: 'file',
        rw: 'randwrite',
        ioengine: 'io_uring',
        iodepth: 16,
        norandommap: true,
        cpus_allowed: [4],
        bs_write: [{ bytes: 4096, weight: 1 }],
        ios: 128,
      },
    ]);
    expect(jobs).toMatchObject([{ what: 'randwrite 4 KiB, io_uring, depth 16, CPU 4', ios: 128, clones: 1 }]);
    expect(simulated).toMatchObject({ ios_per_job: 128, of_ios: null, of_runtime_ns: 10e9 });
    expect(scenario.limits.sim_ns).toBe(10e9);
  });

  test('every option is used', () => {
    expect(imported(command).notes.map(({ kind }) => kind)).toEqual(Array(11).fill('used'));
  });

  test('quoted in a mail and wrapped it is the same scenario', () => {
    const wrapped = command.replace(' --runtime', ' \\\n> --runtime').replace(' --rw', '\n  --rw');
    expect(imported(`> $ sudo ${wrapped}`).scenario).toEqual(imported(command).scenario);
  });
});

describe('a job file with two [global]s and two jobs', () => {
  const text = fixture('two-jobs.fio');

  test('defaults reach only the jobs below them', () => {
    const { actors } = imported(text).scenario;
    expect(
      actors.map(({ name, bs_read, bs_write }) => [name, bs_read[0]?.bytes, bs_write[0]?.bytes]),
    ).toEqual([
      ['reader', 4096, 4096],
      ['writer.0', 16_384, 8192],
      ['writer.1', 16_384, 8192],
    ]);
  });

  test('clones share a named file, and only the first of them waits at the stonewall', () => {
    const { actors } = imported(text).scenario;
    expect(actors.map(({ file, stonewall }) => [file, stonewall])).toEqual([
      ['a', false],
      ['b', true],
      ['b', false],
    ]);
  });

  test('the summary names each section once', () => {
    expect(imported(text).jobs.map(({ name, line, clones, what }) => [name, line, clones, what])).toEqual([
      ['reader', 10, 1, 'randread 4 KiB, io_uring, depth 8'],
      ['writer', 18, 2, 'randwrite 8 KiB, io_uring, depth 8'],
    ]);
  });
});

describe('options of every kind', () => {
  const result = imported(fixture('every-kind.fio'));

  test('are all listed, in the order of the text', () => {
    expect(result.notes.map(({ line, option, kind }) => `${line} ${option}: ${kind}`)).toMatchInlineSnapshot(`
      [
        "3 filename: used",
        "4 runtime: used",
        "5 time_based: used",
        "6 norandommap: used",
        "7 log_avg_msec: no-effect",
        "8 exec_prerun: refused",
        "9 include: refused",
        "12 rw: substituted",
        "13 rwmixwrite: used",
        "14 bssplit: used",
        "15 ioengine: used",
        "16 iodepth: used",
        "17 iodepth_low: substituted",
        "18 fsync: used",
        "19 verify: substituted",
        "20 iodpeth: unknown",
        "23 ioengine: refused",
        "26 rw: refused",
        "29 ioengine: substituted",
        "30 buffered: used",
        "31 iodepth: no-effect",
        "32 thinktime: used",
        "33 thinktime_blocks: substituted",
        "34 startdelay: substituted",
      ]
    `);
  });

  test('an unknown one comes with a suggestion', () => {
    expect(notesOn(result, 'iodpeth')[0]?.message).toContain('did you mean iodepth?');
  });

  test('jobs that cannot be simulated are left out with a reason, the others stay', () => {
    expect(result.jobs.map(({ name, ios, what }) => [name, ios, what])).toMatchInlineSnapshot(`
      [
        [
          "mixed",
          256,
          "randrw 4 KiB to 64 KiB, libaio, buffered, depth 32",
        ],
        [
          "nothing",
          0,
          "ioengine=null does no I/O at all, so nothing completes",
        ],
        [
          "discards",
          0,
          "only discards blocks (trim), which is not modelled yet",
        ],
        [
          "threads",
          64,
          "read 4 KiB, psync, buffered, depth 1",
        ],
      ]
    `);
    expect(result.scenario.actors.map(({ name }) => name)).toEqual(['mixed', 'threads']);
  });

  test('I/O is buffered unless the job says direct, and nothing is said about it', () => {
    expect(result.scenario.actors.map(({ direct }) => direct)).toEqual([false, false]);
    expect(result.notes.filter(({ option }) => option === 'direct')).toEqual([]);
  });
});

describe('buffered I/O', () => {
  const job = (options: string) => imported(`[job]\nsize=1m\n${options}`).scenario;

  test('is what fio does by default', () => {
    expect(job('rw=write').actors).toMatchObject([{ direct: false }]);
    expect(job('rw=write\nbuffered=0').actors).toMatchObject([{ direct: true }]);
    expect(job('rw=write\ndirect=1\nbuffered=1').actors).toMatchObject([{ direct: false }]);
  });

  test('uncached is RWF_DONTCACHE, on a kernel that has it; direct I/O has no use for it', () => {
    const uncached = job('rw=write\nuncached=1');
    expect([uncached.kernel.name, uncached.actors[0]?.dontcache]).toEqual(['7.3.4', true]);
    const direct = job('rw=write\nuncached=1\ndirect=1');
    expect([direct.kernel.name, direct.actors[0]?.dontcache]).toEqual(['v6.6-to-v6.18', false]);
  });

  test('fsync and its relatives', () => {
    expect(job('rw=write\nfsync=16').actors).toMatchObject([{ fsync: 16 }]);
    expect(job('rw=write\nfdatasync=8').actors).toMatchObject([{ fsync: 8 }]);
    expect(job('rw=write\nfsync=4\nfdatasync=8\nend_fsync=1').actors).toMatchObject([
      { fsync: 4, end_fsync: true },
    ]);
    expect(job('rw=write\nfsync_on_close=1').actors).toMatchObject([{ end_fsync: true }]);
  });

  test('of a device is buffered I/O of a block device, unless somebody uses it directly', () => {
    const files = (options: string) => job(`filename=/dev/sdb\n${options}`).files;
    expect(files('rw=write')).toMatchObject([{ id: 'sdb', filesystem: 'blkdev' }]);
    expect(files('rw=write\ndirect=1')[0]?.filesystem).toBe('xfs');
    expect(files('rw=write\n[other]\nfilename=/dev/sdb\nsize=1m\ndirect=1')[0]?.filesystem).toBe('xfs');
  });

  test('what nobody writes back in the run is said', () => {
    const said = (options: string) =>
      imported(`[job]\nsize=1m\n${options}`).assumptions.filter((text) => text.includes('flusher')).length;
    expect([
      said('rw=write'),
      said('rw=write\nfsync=1'),
      said('rw=read'),
      said('rw=write\ndirect=1'),
    ]).toEqual([1, 0, 0, 0]);
  });
});

describe('errors', () => {
  test('are all reported, with line, column and text', () => {
    expect(problemsIn(fixture('with-errors.fio'))).toMatchInlineSnapshot(`
      [
        {
          "column": 4,
          "line": 2,
          "message": "rw is none of read, write, trim, randread, randwrite, randtrim, rw, randrw, trimwrite, randtrimwrite",
          "text": "randreed",
        },
        {
          "column": 7,
          "line": 3,
          "message": "bs is not a number with an optional suffix (k, m, g, t, p, and with i for the other base)",
          "text": "4k,8q",
        },
        {
          "column": 11,
          "line": 4,
          "message": "iodepth is below 1",
          "text": "0",
        },
        {
          "column": 1,
          "line": 5,
          "message": "needs a value: direct=...",
          "text": "direct",
        },
        {
          "column": 1,
          "line": 6,
          "message": "starts a section but does not end with "]"",
          "text": "[unclosed",
        },
        {
          "column": 6,
          "line": 7,
          "message": "size has a fraction, and fio reads whole numbers only: it would take this for 1",
          "text": "1.5g",
        },
      ]
    `);
  });

  test.each([
    ['fio --name=x --rw=reed', 1, 19, /none of/],
    ['fio --name=x \\\n  --iodepth 0', 2, 13, /below 1/],
    ['fio --name=x --bs', 1, 14, /needs a value/],
    ['fio --name=x --bs --rw=read', 1, 14, /needs a value/],
    ['fio --name=x --rw="read', 1, 19, /never ends/],
    ['fio jobs.fio', 1, 5, /opens no files/],
    ['fio --rw=read', 1, 1, /no job/],
    ['[global]\nrw=read', 1, 1, /no job/],
    ['[j]\nsize=2k\nbs=4k', 2, 1, /less than its smallest/],
    ['[j]\nioengine=null', 2, 1, /nothing is left to simulate/],
    ['[j]\nioengine=libiao', 2, 1, /did you mean libaio/],
    ['[j]\nrw=trim', 2, 1, /discards/],
    ['hello world', 1, 1, /neither a fio job file/],
    ['', 1, 1, /neither/],
    ['{"version":1}', 1, 1, /neither/],
  ])('%j: %i:%i', (text, line, column, message) => {
    const [problem] = problemsIn(text);
    expect(problem).toMatchObject({ line, column });
    expect(problem?.message).toMatch(message);
  });

  test('a text above the limit is not read', () => {
    expect(problemsIn(`[j]\n${'#'.repeat(1_000_001)}`)[0]?.message).toContain('longer than');
  });

  test('a CPU that the machine does not have is an error if the machine is known', () => {
    expect(problemsIn(job('cpus_allowed=4'), { ncpus: 4 })[0]?.message).toContain('the last one is 3');
    expect(imported(job('cpus_allowed=4'), { ncpus: 8 }).scenario.machine.cpus).toBe(8);
  });
});

describe('looksLikeFio', () => {
  test.each([
    'fio --name=x',
    '$ sudo fio --name=x --rw=read',
    '# fio --name=x',
    '[global]\nbs=4k',
    '; comment\n\n[4k-read]\nrw=read',
    'fio job.fio',
    '--name=x --rw=read',
  ])('%j does', (text) => expect(looksLikeFio(text)).toBe(true));

  test.each([
    '',
    'hello',
    'the fio tool',
    '[1, 2]',
    '[{"a":1}]',
    '{"version":1}',
    'https://example.org/#fio',
    'fio',
    'fio is fast',
  ])('%j does not', (text) => expect(looksLikeFio(text)).toBe(false));
});

describe('what each option becomes', () => {
  test.each([
    [['rw=rw', 'rwmixread=70'], { rw: 'rw', rwmixread: 70 }],
    [['readwrite=readwrite', 'rwmixwrite=70'], { rw: 'rw', rwmixread: 30 }],
    [['rw=randtrimwrite'], { rw: 'randwrite' }],
    [['ioengine=sync', 'iodepth=8'], { ioengine: 'psync', iodepth: 1 }],
    [['ioengine=pvsync2', 'hipri'], { ioengine: 'psync', hipri: false }],
    [['ioengine=io_uring', 'hipri'], { ioengine: 'io_uring', hipri: true }],
    [['ioengine=io_uring', 'hipri=0'], { hipri: false }],
    [['sync=dsync'], { sync: 'dsync' }],
    [['sync=1'], { sync: 'sync' }],
    [['sync=none'], { sync: 'none' }],
    [['ioengine=io_uring'], { taskrun: 'defer', sqthread_poll: false }],
    [['ioengine=io_uring', 'sqthread_poll'], { taskrun: 'default', sqthread_poll: true }],
    [['ioengine=io_uring', 'sqthread_poll=1', 'sqthread_poll_cpu=5'], { sqthread_poll_cpu: 5 }],
    [['ioengine=libaio', 'sqthread_poll'], { taskrun: 'default', sqthread_poll: false }],
    [['ioengine=libaio', 'iodepth=8', 'iodepth_batch=4'], { iodepth: 8, iodepth_batch_submit: 4 }],
    [['ioengine=libaio', 'iodepth=8', 'iodepth_batch=0'], { iodepth_batch_submit: 8 }],
    [['ioengine=libaio', 'iodepth=8', 'iodepth_batch=99'], { iodepth_batch_submit: 8 }],
    [['ioengine=libaio', 'iodepth=8', 'iodepth_batch_complete=3'], { iodepth_batch_complete_min: 3 }],
    [['ioengine=libaio', 'iodepth=8', 'iodepth_batch_complete_min=0'], { iodepth_batch_complete_min: 0 }],
    [['ioengine=libaio', 'iodepth=8', 'iodepth_low=2'], { iodepth_batch_complete_min: 6 }],
    [['ioengine=libaio', 'iodepth=9999'], { iodepth: 4096 }],
    [['size=64m', 'offset=1m'], { offset_bytes: 1_048_576, size_bytes: 67_108_864 }],
    [['filesize=100m', 'size=50%', 'offset=10%'], { offset_bytes: 10_485_760, size_bytes: 52_428_800 }],
    [['kb_base=1000', 'size=64kib'], { size_bytes: 65_536 }],
    [['size=64k', 'kb_base=1000'], { size_bytes: 64_000 }],
    [['number_ios=7'], { ios: 7 }],
    [['io_size=32k'], { ios: 8 }],
    [['size=16k', 'loops=3'], { ios: 12 }],
    [['runtime=1ms', 'time_based', 'rate_iops=5000'], { rate_iops: 5000, ios: 5 }],
    [['rate=4m'], { rate_iops: 1024 }],
    [['rw=randrw', 'rwmixread=25', 'rate_iops=100,600'], { rate_iops: 400 }],
    [['rw=write', 'rate_iops=100,600'], { rate_iops: 600 }],
    [['thinktime=100'], { thinktime_ns: 100_000 }],
    [['thinktime=1ms', 'thinktime_blocks=4'], { thinktime_ns: 250_000 }],
    [['startdelay=5ms'], { start_delay_ns: 5_000_000 }],
    [['cpumask=0xa'], { cpus_allowed: [1, 3] }],
    [['norandommap=0'], { norandommap: false }],
    [['wait_for=other'], { stonewall: true }],
    [['name=renamed'], { name: 'renamed' }],
    [['bs=$pagesize'], { bs_read: [{ bytes: 4096, weight: 1 }] }],
    [['size=2*$pagesize'], { size_bytes: 8192 }],
  ])('%j', (lines, expected) => expect(firstActor(job(...lines))).toMatchObject(expected));

  test('clones get a file each without a filename, an offset each, and with "split" a CPU each', () => {
    const { scenario } = imported(
      job('numjobs=3', 'offset_increment=1m', 'cpus_allowed=0,2', 'cpus_allowed_policy=split'),
    );
    expect(
      scenario.actors.map(({ name, file, offset_bytes, cpus_allowed }) => [
        name,
        file,
        offset_bytes,
        cpus_allowed,
      ]),
    ).toEqual([
      ['job.0', 'job.0.0', 0, [0]],
      ['job.1', 'job.1.0', 1_048_576, [2]],
      ['job.2', 'job.2.0', 2_097_152, [0]],
    ]);
  });

  test('many clones stay within the limits, and that is said', () => {
    const result = imported(job('numjobs=1000'));
    expect(result.scenario.actors).toHaveLength(256);
    expect(result.scenario.files).toHaveLength(64);
    expect(notesOn(result, 'numjobs')).toMatchObject([{ kind: 'substituted' }]);
  });

  test('a job that polls gets a poll queue, and more jobs more CPUs', () => {
    expect(imported(job('ioengine=io_uring', 'hipri')).scenario.machine.nvme.poll_queues).toBe(1);
    expect(imported(job('numjobs=12')).scenario.machine.cpus).toBe(12);
    expect(imported(job('numjobs=100')).scenario.machine.cpus).toBe(32);
  });

  test('the CPU of a thread that submits is on the machine, and what fio asks of its rings is said', () => {
    const result = imported(job('ioengine=io_uring', 'sqthread_poll', 'sqthread_poll_cpu=9'));
    expect(result.scenario.machine.cpus).toBe(10);
    const rings = (text: string): boolean => text.includes('DEFER_TASKRUN');
    expect(result.assumptions.some(rings)).toBe(false);
    expect(imported(job('ioengine=io_uring')).assumptions.some(rings)).toBe(true);
    expect(notesOn(imported(job('ioengine=libaio', 'sqthread_poll')), 'sqthread_poll')).toMatchObject([
      { kind: 'no-effect' },
    ]);
  });

  test('randseed is the seed of the scenario', () => {
    expect(imported(job('randseed=4242')).scenario.seed).toBe(4242);
  });

  test('the same file name at two paths is two files', () => {
    const { files } = imported('[a]\nfilename=/x/f\nsize=1m\n[b]\nfilename=/y/f\nsize=2m').scenario;
    expect(files.map(({ id, size_bytes }) => [id, size_bytes])).toEqual([
      ['f', 1_048_576],
      ['f-2', 2_097_152],
    ]);
  });

  test('a variable that nothing sets leaves its option out; on a command line it may be set', () => {
    const result = imported(job('bs=${BS}'));
    expect(notesOn(result, 'bs')).toMatchObject([{ kind: 'substituted' }]);
    expect(firstActor('BS=8k fio --name=x --bs=$BS')?.bs_read[0]?.bytes).toBe(8192);
  });

  test('kb_base on a command line counts for what follows it only', () => {
    const actor = firstActor('fio --name=x --size=64k --kb_base=1000 --io_size=8k');
    expect(actor).toMatchObject({ size_bytes: 65_536, ios: 1 });
  });
});

describe('the number of simulated I/Os', () => {
  test('is a few rounds of the queue, at least 64', () => {
    expect(firstActor(job('ioengine=libaio', 'iodepth=4'))?.ios).toBe(64);
    expect(firstActor(job('ioengine=libaio', 'iodepth=32'))?.ios).toBe(256);
  });
  test('stays near 2,000 for all jobs together', () => {
    expect(firstActor(job('numjobs=100'))?.ios).toBe(20);
    expect(firstActor(job('ioengine=libaio', 'iodepth=1024'))?.ios).toBe(2000);
  });
  test('can be asked for, but a job never does more than it would', () => {
    expect(imported(job(), { ios: 500 }).scenario.actors[0]?.ios).toBe(500);
    expect(imported(job('number_ios=10'), { ios: 500 }).scenario.actors[0]?.ios).toBe(10);
  });
  test('is explained', () => {
    expect(imported(job('number_ios=10')).simulated).toMatchObject({
      of_ios: 10,
      why: 'all I/Os of the job',
    });
    expect(imported(job('runtime=60', 'time_based')).simulated.why).toContain('stand for the run of 60 s');
    expect(imported(job(), { ios: 5 }).simulated.why).toContain('as asked for');
  });
});

test('importFio says the same for the same text', () => {
  const text = fixture('every-kind.fio');
  expect(importFio(text)).toEqual(importFio(text));
});
