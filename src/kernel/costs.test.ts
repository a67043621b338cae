import { describe, expect, test } from 'vitest';
import { COST_IDS, COSTS, costsOf } from './costs.ts';

describe('the default durations fit together as the cost model says (cost-model.md section 1)', () => {
  const c = costsOf({});

  test('rule 1: the parts of a polled I/O of 32 add up to about 150 ns', () => {
    const parts =
      c['nvme.cqe'] + c['blk.end.batched'] + c['blk.submit.batched'] + c['uring.submit.op'] + c['cqe.post'];
    expect(Math.round(parts + c.syscall / 32)).toBe(150);
  });

  test('rule 2: what an interrupt adds, shared by 4.5 completions, is about 160 ns', () => {
    const adds = c['irq.entry'] + c['irq.exit'] + c['nvme.cq_doorbell'] + c['wake.local'] + c['ctxsw.bare'];
    expect(adds).toBe(719);
    expect(Math.round(adds / 4.5)).toBe(160);
  });

  test('rule 3: a punt to the workqueue costs 279 ns at depth 1 and 443 ns when saturated', () => {
    const handOver = c['wake.local'] + c['wq.queue'] + c['wq.dispatch'];
    expect(handOver + c['ctxsw.bare']).toBe(279);
    expect(handOver + 2 * c['ctxsw.bare']).toBe(443);
  });

  test.each(COST_IDS)('%s lies within its own range and says where it comes from', (id) => {
    const { low_ns, default_ns, high_ns, source, tag } = COSTS[id];
    expect([low_ns, default_ns, high_ns]).toEqual([low_ns, default_ns, high_ns].sort((a, b) => a - b));
    if (source.startsWith('a guess: ')) expect(tag).toBe('assumed');
    else expect(source).toMatch(/^cost-model\.md row \d+[bc]?$/);
  });

  test('an override changes only what it names', () => {
    expect(costsOf({ syscall: 7 })).toEqual({ ...c, syscall: 7 });
  });
});
