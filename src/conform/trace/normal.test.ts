import { expect, test } from 'vitest';
import type { Call, Place } from './calls.ts';
import { mergedInterrupts, withoutEmptyPasses, withoutForeignWork, withoutSecondLook } from './normal.ts';

/** "name name" in one context after the other: `calls('task a b', 'hardirq c')`. */
const calls = (...parts: readonly string[]): Call[] =>
  parts.flatMap((part) => {
    const [place = '', ...names] = part.split(' ');
    return names.map((name) => ({ name, place: place as Place }));
  });
const names = (list: readonly Call[]): string => list.map(({ name }) => name).join(' ');

const PASS = 'io_do_iopoll iocb_bio_iopoll bio_poll';

test('passes of the poll loop that find nothing are left out, whatever runs between them', () => {
  const list = calls(
    `task kiocb_done ${PASS}`,
    'hardirq nvme_irq',
    `task ${PASS} ${PASS} blk_mq_complete_request_remote io_req_rw_cleanup`,
  );
  expect(names(withoutEmptyPasses(list))).toBe(
    `kiocb_done nvme_irq ${PASS} blk_mq_complete_request_remote io_req_rw_cleanup`,
  );
});

test('of a pass whose request an interrupt had completed only the beginning is left', () => {
  const end = '__io_submit_flush_completions';
  expect(names(withoutEmptyPasses(calls(`task ${PASS} ${PASS} ${end}`)))).toBe(`io_do_iopoll ${end}`);
  expect(names(withoutEmptyPasses(calls(`task io_do_iopoll ${end}`)))).toBe(`io_do_iopoll ${end}`);
});

test('a second look at the ring is left out, but not one after something happened', () => {
  const list = calls('task io_cqring_wait io_cqring_wait', 'hardirq nvme_irq', 'task io_cqring_wait');
  expect(names(withoutSecondLook(list))).toBe('io_cqring_wait nvme_irq');
  expect(names(withoutSecondLook(calls('task io_cqring_wait task_work_run io_cqring_wait')))).toBe(
    'io_cqring_wait task_work_run io_cqring_wait',
  );
});

const irq = (end: string): string =>
  `hardirq nvme_irq blk_mq_complete_request_remote nvme_pci_complete_batch nvme_complete_batch_req blk_mq_end_request_batch ${end}`;

test('two interrupts are one with both completions, in whichever order they came', () => {
  const both =
    'nvme_irq blk_mq_complete_request_remote blk_mq_complete_request_remote nvme_pci_complete_batch nvme_complete_batch_req nvme_complete_batch_req blk_mq_end_request_batch bio_endio bio_endio iomap_dio_bio_end_io';
  const merged = (...ends: readonly string[]): string => names(mergedInterrupts(calls(...ends.map(irq))));
  expect(merged('bio_endio', 'bio_endio iomap_dio_bio_end_io')).toBe(both);
  expect(merged('bio_endio iomap_dio_bio_end_io', 'bio_endio')).toBe(both);
  expect(names(mergedInterrupts(calls(`hardirq ${both}`)))).toBe(both);
});

test('so are two that a thread handles, whoever calls the handler there', () => {
  const look = 'irq_forced_thread_fn irq_thread_fn nvme_irq blk_mq_complete_request_remote';
  const rest = 'nvme_pci_complete_batch nvme_complete_batch_req blk_mq_end_request_batch bio_endio';
  const merged = mergedInterrupts(calls(`irq-thread ${look} ${rest} ${look} ${rest}`));
  expect(names(merged)).toBe(
    `${look} blk_mq_complete_request_remote nvme_pci_complete_batch nvme_complete_batch_req nvme_complete_batch_req blk_mq_end_request_batch bio_endio bio_endio`,
  );
});

test('an interrupt that completes single requests stays as it is, and apart', () => {
  const list = calls(
    'hardirq nvme_irq blk_mq_end_request bio_endio nvme_irq blk_mq_end_request bio_endio',
    irq('bio_endio'),
  );
  expect(mergedInterrupts(list)).toEqual(list);
});

test('work of a task that is none of io_uring is left out', () => {
  const list = calls('task task_work_run', 'hardirq nvme_irq', 'task task_work_run tctx_task_work');
  expect(names(withoutForeignWork(list))).toBe('nvme_irq task_work_run tctx_task_work');
});
