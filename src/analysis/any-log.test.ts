import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_ROW, type Row } from '../base/units.ts';
import { Ev, EV_NAMES, NO_CPU } from '../log/events.ts';
import type { LogView } from '../log/view.ts';
import { compare } from './compare.ts';
import { iosOf } from './io.ts';
import { flowsOf, journeyOf, whyChain } from './journey.ts';
import { findingsOf } from './monitors.ts';
import { MOST_CHARS, narrate } from './narrate.ts';
import { placesOf } from './places.ts';
import { spansOf } from './spans.ts';
import { CpuStates, fieldsAt } from './state.ts';
import { statisticsOf } from './statistics.ts';
import { TestLog } from './testing.ts';
import { textLines } from './text.ts';
import { writebackStatistics } from './writeback-latency.ts';
import { writebacksOf } from './writeback.ts';

// A log that makes no sense must not stop the analysis: an imported one may have lost events anywhere.
const NAMES = [
  'bio_endio',
  'iomap_dio_complete',
  'io_do_iopoll',
  'blk_wake_io_task',
  'ki_flags',
  'bi_opf',
  'dio-inline',
  'bi_size',
  'flags',
  'workqueue_execute_start',
  'workqueue_execute_end',
  'mm_filemap_delete_from_page_cache',
  '__folio_end_writeback',
  'filemap_end_dropbehind',
  'bi_flags',
  'bi_status',
  'bio_complete_work_fn',
  'bio_complete_batch_cpu_down_prep',
  'bio_complete_batch_cpu_dead',
  'do_fsync',
  'sys_exit',
  'filemap_set_wb_err',
  'xfs_end_ioend',
  'xfs_setfilesize',
  'local_timer',
  'waits-for-ever',
  '_cpu_down',
];
const TYPES = [
  'task_struct',
  'io_kiocb',
  'kiocb',
  'iomap_dio',
  'bio',
  'request',
  'work_struct',
  'worker_pool',
  'bio_complete_batch',
  'i_ioend_list',
  'folio',
  'inode',
  'spinlock_t',
  'cpuhp_cpu_state',
  'wait_queue_head',
];

const event = fc.record({
  kind: fc.integer({ min: 0, max: EV_NAMES.length - 1 }),
  cpu: fc.constantFrom(0, 1, 7, NO_CPU),
  context: fc.integer({ min: 0, max: 0xffff }),
  name: fc.constantFrom(...NAMES),
  object: fc.integer({ min: 0, max: TYPES.length + 3 }),
  value: fc.constantFrom(0, 1, -5, 4096, 2 ** 31, 3),
  step_ns: fc.nat(20),
  // How far back cause and previous row are, 0 for none.
  cause: fc.nat(9),
  prev: fc.nat(9),
});

/** Kinds whose value is the id of an object. */
const OF_OBJECTS: ReadonlySet<number> = new Set([Ev.Put, Ev.Take, Ev.Wake, Ev.Hazard]);

function logOf(
  events: readonly (typeof event extends fc.Arbitrary<infer E> ? E : never)[],
  reason: string,
): LogView {
  const t = new TestLog();
  // A chain of parents, so that everything may be of one I/O.
  TYPES.forEach((type, i) =>
    t.object(type, type === 'worker_pool' ? 0 : i, type === 'task_struct' ? 'fio' : ''),
  );
  const task = TYPES.indexOf('task_struct') + 1;
  const written = t.object('bio', task);
  t.object('iomap_ioend', written);
  t.object('work_struct', TYPES.indexOf('bio_complete_batch') + 1);
  let row = 1;
  let now_ns = 0;
  for (const { kind, cause, prev, step_ns, ...rest } of events) {
    const back = (by: number): number => (by === 0 || by > row ? NO_ROW : row - by);
    const isId = OF_OBJECTS.has(kind) || rest.name === 'bi_end_io'; // that one of a string, of which there are as many
    const value = isId ? Math.abs(rest.value) % (TYPES.length + 4) : rest.value;
    t.at((now_ns += step_ns));
    t.write({ ...rest, kind: kind as Ev, value, cause: back(cause), prev: back(prev) });
    row++;
  }
  return t.stop(reason);
}

test('nothing throws, hangs or exceeds its limits, whatever the log is', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.constantFrom('done', 'stuck'), (events, reason) => {
      const log = logOf(events, reason);
      const ios = iosOf(log);
      expect(statisticsOf(log, ios).ios).toBe(ios.count - ios.writebacks);
      expect(writebackStatistics(writebacksOf(ios)).bios).toBe(ios.writebacks);
      findingsOf(log, ios);
      placesOf(log);
      const spans = spansOf(log);
      const states = new CpuStates(log);
      for (let io = 0; io < ios.count; io++) {
        journeyOf(log, ios, io);
        flowsOf(log, ios, io);
      }
      for (let row = 0; row < log.rows; row++) {
        expect(narrate(log, row).text.length).toBeLessThanOrEqual(MOST_CHARS);
        expect(whyChain(log, row as Row).length).toBeGreaterThan(0);
        spans.ofRow(row);
        states.at(row);
        fieldsAt(log, log.object(row), row);
      }
      expect([...textLines(log)]).toHaveLength(log.rows);
      expect(compare(ios, ios).differences).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
