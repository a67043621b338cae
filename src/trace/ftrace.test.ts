import { describe, expect, test } from 'vitest';
import { Level } from '../log/context.ts';
import type { FtraceRecord } from './ftrace-records.ts';
import { parseFtrace } from './ftrace.ts';

function records(text: string): readonly FtraceRecord[] {
  const parsed = parseFtrace(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value.records;
}

const told = ({ what, level, comm }: FtraceRecord): string => {
  const by = what.kind === 'call' && what.caller !== '' ? ` by ${what.caller}` : '';
  return `${what.kind} ${what.name}${by}, level ${level}, ${comm}`;
};

/** A file by the function tracer with these lines. */
const byFunction = (...lines: string[]): string =>
  ['# head: x', '# tracer: function', '#', ...lines].join('\n');
/** A file by function_graph with these lines. */
const byGraph = (...lines: string[]): string => ['# tracer: function_graph', '#', ...lines].join('\n');

describe('the function tracer', () => {
  test('a call carries its caller, its task, its context and its time in nanoseconds', () => {
    const [call] = records(
      byFunction('          <idle>-0       [001] dNh1.  683201.354908: bio_endio <-blk_mq_end_request_batch'),
    );
    expect(call).toEqual({
      line: 4,
      t_ns: 683_201_354_908_000,
      cpu: 1,
      comm: '<idle>',
      pid: 0,
      level: Level.Hardirq,
      what: { kind: 'call', name: 'bio_endio', caller: 'blk_mq_end_request_batch' },
    });
  });

  test('names of tasks may hold blanks, dashes, colons and brackets', () => {
    const names = ['kworker/u8:7-ev', 'iou-wrk-272', 'tmux: client', 'a [b] (c)-1'];
    const found = records(
      byFunction(
        ...names.map((name) => `  ${name}-139     [000] ..s1.    53.634602: bio_poll <-io_do_iopoll`),
      ),
    );
    expect(found.map(({ comm, pid }) => [comm, pid])).toEqual(names.map((name) => [name, 139]));
  });

  test.each([
    ['.....', Level.Task],
    ['..s1.', Level.Softirq],
    ['d.h1.', Level.Hardirq],
    ['d.H2.', Level.HardirqInSoftirq],
    ['b....', Level.Task],
    ['d..2', Level.Task],
  ])('the flags %s are level %i', (flags, level) => {
    expect(records(byFunction(`wl-1 [000] ${flags} 1.000001: f <-g`))[0]?.level).toBe(level);
  });

  test('without the flags column the context comes from the interrupts’ entries and exits', () => {
    const found = records(
      byFunction(
        '<idle>-0 [000] 1.000001: softirq_entry: vec=4 [action=BLOCK]',
        '<idle>-0 [000] 1.000002: irq_handler_entry: irq=26 name=nvme0q2',
        '<idle>-0 [000] 1.000003: nvme_irq <-handle',
        '<idle>-0 [000] 1.000004: irq_handler_exit: irq=26 ret=handled',
        '<idle>-0 [000] 1.000005: blk_complete_reqs <-handle_softirqs',
        '<idle>-0 [000] 1.000006: softirq_exit: vec=4 [action=BLOCK]',
        'wl-7 [001] 1.000006: f <-g',
      ),
    );
    expect(found.map(({ level }) => level)).toEqual([1, 3, 3, 3, 1, 1, 0]);
  });

  test('what the compiler appended to a name, offsets and modules are left out', () => {
    const found = records(
      byFunction(
        'wl-1 [000] ..... 1.000001: iomap_dio_alloc_bio.isra.0 <-iomap_dio_bio_iter',
        'wl-1 [000] ..... 1.000002: xfs_file_write_iter+0x4/0x120 [xfs] <-aio_write+0x10/0x20',
      ),
    );
    expect(found.map(({ what }) => what)).toEqual([
      { kind: 'call', name: 'iomap_dio_alloc_bio', caller: 'iomap_dio_bio_iter' },
      { kind: 'call', name: 'xfs_file_write_iter', caller: 'aio_write' },
    ]);
  });

  test('an event is its name and its text', () => {
    const [event] = records(
      byFunction('wl-1 [000] ...1. 1.000001: tracing_mark_write: bioscope: submit #1 a'),
    );
    expect(event?.what).toEqual({ kind: 'event', name: 'tracing_mark_write', text: 'bioscope: submit #1 a' });
  });
});

describe('function_graph', () => {
  test('calls know what encloses them, apart in each task and interrupt', () => {
    const found = records(
      byGraph(
        '   49.019638 |   1)     wl-292     |               |    io_write() {',
        '   49.019644 |   1)     wl-292     |               |      xfs_file_write_iter [xfs]() {',
        '   49.019645 |   1)     wl-292     |               |  /* irq_handler_entry: irq=26 name=nvme0q2 */',
        '   49.019646 |   1)     wl-292     |               |  nvme_irq() {',
        '   49.019647 |   1)     wl-292     |   2.053 us    |    blk_mq_complete_request_remote();',
        '   49.019648 |   1)     wl-292     |   102.302 us  |  } /* nvme_irq */',
        '   49.019649 |   1)     wl-292     |               |  /* irq_handler_exit: irq=26 ret=handled */',
        '   49.019650 |   1)     wl-292     | + 12.400 us   |      kiocb_done.isra.0();',
        ' ------------------------------------------',
        ' 1)     wl-292     =>    <idle>-0   ',
        ' ------------------------------------------',
        '',
        '   49.019660 |   1)    <idle>-0    | # 1024.1 us   |  }',
      ),
    );
    expect(found.map(told)).toEqual([
      'call io_write, level 0, wl',
      'call xfs_file_write_iter by io_write, level 0, wl',
      'event irq_handler_entry, level 2, wl',
      'call nvme_irq, level 2, wl',
      'call blk_mq_complete_request_remote by nvme_irq, level 2, wl',
      'return blk_mq_complete_request_remote, level 2, wl',
      'return nvme_irq, level 2, wl',
      'event irq_handler_exit, level 2, wl',
      'call kiocb_done by xfs_file_write_iter, level 0, wl',
      'return kiocb_done, level 0, wl',
      'return , level 0, <idle>',
    ]);
  });

  test('the narrow layout without times and tasks, with arguments, return values and arrows of interrupts', () => {
    const found = records(
      byGraph(
        ' 0)               |  vfs_read(file=0xff, count=12) {',
        ' 0)   ==========> |',
        ' 0)   0.633 us    |    nvme_irq(); /* = 0x1 */',
        ' 0)   <========== |',
        ' 0)   1.200 us    |    bio_poll(); /* <-x ret=0 */',
        ' 0) ! 120.1 us    |  } /* vfs_read = 0x10 */',
      ),
    );
    expect(found.map(told)).toEqual([
      'call vfs_read, level 0, ',
      'call nvme_irq, level 2, ',
      'return nvme_irq, level 2, ',
      'call bio_poll by vfs_read, level 0, ',
      'return bio_poll, level 0, ',
      'return vfs_read, level 0, ',
    ]);
  });

  test('what user space wrote is a marker as in the function tracer', () => {
    const [marker] = records(
      byGraph('   49.019584 |   1)     wl-292     |               |  /* bioscope: completed #1 res=4096 */'),
    );
    expect(marker?.what).toEqual({
      kind: 'event',
      name: 'tracing_mark_write',
      text: 'bioscope: completed #1 res=4096',
    });
  });
});

describe('what is no recording is an error with its line', () => {
  test.each([
    ['a,b,c\n1,2,3', 'not-ftrace', 1],
    [byFunction('wl-1 [000] ..... 1.000001: f <-g', 'torn off in the mid'), 'not-a-record', 5],
    [byFunction('CPU:1 [LOST 122 EVENTS]'), 'lost-events', 4],
    [byGraph(' 0)               |  vfs_read('), 'not-a-record', 3],
  ])('%j', (text, kind, line) => {
    const parsed = parseFtrace(text);
    expect(parsed.ok ? null : [parsed.error.kind, parsed.error.line]).toEqual([kind, line]);
  });

  test('the head is what stands before the first record', () => {
    const parsed = parseFtrace(
      '# kernel: 6.1\n# tracer: function\n#\nwl-1 [000] ..... 1.000001: f <-g\n# late\n',
    );
    expect(parsed.ok ? parsed.value.head : null).toEqual(['kernel: 6.1', 'tracer: function']);
  });
});
