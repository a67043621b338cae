import { describe, expect, test } from 'vitest';
import { NO_CPU, TaskState } from '../log/events.ts';
import { PATHS } from './moments.ts';
import { stage, tell } from './testing-io.ts';
import { TestLog } from './testing.ts';
import { secondsText, textLine, textLines } from './text.ts';

describe('text in the layout of ftrace', () => {
  test('a switch and an interrupt read as in a recording', () => {
    const t = new TestLog();
    const [fio, idle] = [t.task('fio'), t.task('swapper/1')];
    t.at(48_521_000_123).switchTo(1, fio);
    t.at(48_521_001_000).switchTo(1, idle, TaskState.Interruptible);
    t.at(48_521_002_000).irq(1, 'nvme0q2');
    t.enter(1, 'nvme_irq');
    t.enter(1, 'nvme_poll_cq', t.object('nvme_queue', 0, 'nvme0q2'));
    const lines = [...textLines(t.stop())];
    expect(lines.slice(1, 6)).toEqual([
      '        <idle>-0 [001] ..... 48.521000123: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_state=S ==> next_comm=fio next_pid=1',
      '           fio-1 [001] ..... 48.521001000: sched_switch: prev_comm=fio prev_pid=1 prev_state=S ==> next_comm=swapper/1 next_pid=0',
      '        <idle>-0 [001] d.h.. 48.521002000: irq_handler_entry: irq=0 name=nvme0q2',
      '        <idle>-0 [001] d.h.. 48.521002000: nvme_irq:',
      '        <idle>-0 [001] d.h.. 48.521002000: nvme_poll_cq: nvme0q2 <-nvme_irq',
    ]);
  });

  test('the device has no CPU, and what only the model knows is told with its numbers in words', () => {
    const t = new TestLog();
    t.switchTo(0, t.task('fio'));
    const request = t.object('request');
    const device = t.trace(NO_CPU, 'nvme_device_complete', request);
    const decision = t.decide(0, 'need-ipi', request, 1, { rq_affinity: 2, 'this CPU': 0 });
    const put = t.put(0, request, t.object('nvme_queue', 0, 'nvme0q1'));
    const log = t.stop();
    expect(textLine(log, device)).toBe(
      '      <device>-0 [---] ..... 0.000000000: nvme_device_complete: request 1 value=0',
    );
    expect(textLine(log, decision)).toContain(
      ': decide: need-ipi request 1 = yes (rq_affinity=2, this CPU=0)',
    );
    expect(textLine(log, put)).toContain(': put: request 1 place="nvme0q1"');
  });

  test.each(PATHS)('one line alone is the same as in the whole of path %s', (path) => {
    const s = stage();
    tell(s, { path, at_ns: 100 });
    const log = s.t.stop();
    const whole = [...textLines(log)];
    expect(whole).toHaveLength(log.rows);
    whole.forEach((line, row) => expect(textLine(log, row)).toBe(line));
    expect([...textLines(log, 10, 20)]).toEqual(whole.slice(10, 20));
    for (const line of whole) expect(line).toMatch(/^ *\S+-\d+ \[(\d{3}|---)\] [.\w]{5} \d+\.\d{9}: \w+: ?/);
  });

  test('seconds are exact', () => {
    expect([0, 1, 999_999_999, 1_000_000_000, 3_600_000_000_007].map(secondsText)).toEqual([
      '0.000000000',
      '0.000000001',
      '0.999999999',
      '1.000000000',
      '3600.000000007',
    ]);
  });
});
