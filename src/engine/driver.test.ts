import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_ROW } from '../base/units.ts';
import { contextFlags, contextLevel, Level } from '../log/context.ts';
import { Ev } from '../log/events.ts';
import type { Proc } from './frame.ts';
import { BLOCK_SOFTIRQ } from './softirqs.ts';
import { Obj } from './struct.ts';
import { eventsOf, machine, rowsOf, type TestMachine } from './testing.ts';

class Thing extends Obj {
  static override readonly type = 'thing';
}

function* outer(k: TestMachine, thing: Thing): Proc<number> {
  yield k.spend(10);
  return 1 + (yield* k.call(inner, thing, 5));
}

function* inner(k: TestMachine, thing: Thing, n: number): Proc<number> {
  yield k.spend(n);
  k.trace('reached', thing, n);
  return n * 2;
}

describe('calls', () => {
  test('a call gives its result back, and is an Enter and an Exit that refers to it', () => {
    const m = machine();
    const thing = new Thing(m, null);
    let result = 0;
    m.job('a', 0, function* (k) {
      result = yield* k.call(outer, thing);
    });
    const log = m.finish();
    expect(result).toBe(11);
    expect(eventsOf(log, Ev.Enter)).toEqual(['0 outer', '10 inner']);
    expect(eventsOf(log, Ev.Exit)).toEqual(['15 inner', '15 outer']);
    const [enters, exits] = [rowsOf(log, Ev.Enter), rowsOf(log, Ev.Exit)];
    expect(exits.map((row) => log.prev(row))).toEqual(enters.toReversed());
    expect(enters.map((row) => log.value(row))).toEqual([0, 1]);
    expect(enters.map((row) => log.object(row))).toEqual([thing.id, thing.id]);
  });

  test('an event’s cause is the call it is made in, or how its context got the CPU if that came later', () => {
    const m = machine();
    const thing = new Thing(m, null);
    const task = m.job('a', 0, (k) => k.call(sleeper, thing));
    m.irqAt(50, 0, 'dev', function* (k) {
      k.wake(task);
    });
    function* sleeper(k: TestMachine, _thing: Thing): Proc {
      k.trace('before', thing);
      k.setState(1, 'the device');
      yield k.schedule();
      k.trace('after', thing);
    }
    const log = m.finish();
    const [before, after] = rowsOf(log, Ev.Trace).slice(-2);
    const [, , lastSwitch] = rowsOf(log, Ev.Switch); // to the task, to idle, to the task
    expect(log.cause(before ?? 0)).toBe(rowsOf(log, Ev.Enter)[0]);
    expect(log.cause(after ?? 0)).toBe(lastSwitch);
    for (let row = 1; row < log.rows; row++) {
      expect(log.cause(row)).not.toBe(NO_ROW);
      expect(log.cause(row)).toBeLessThan(row);
    }
  });

  test('the body of a task or a handler may be just a call', () => {
    const m = machine();
    const thing = new Thing(m, null);
    m.job('a', 0, (k) => k.call(works, thing, 20));
    m.irqAt(10, 0, 'dev', (k) => k.call(handles, thing, 5));
    function* works(k: TestMachine, _thing: Thing, ns: number): Proc {
      yield k.spend(ns);
    }
    function* handles(k: TestMachine, _thing: Thing, ns: number): Proc {
      yield k.spend(ns);
    }
    const log = m.finish();
    expect(eventsOf(log, Ev.Enter)).toEqual(['0 works', '10 handles']);
    expect(eventsOf(log, Ev.Exit)).toEqual(['15 handles', '25 works']);
    expect(rowsOf(log, Ev.Enter).map((row) => log.value(row))).toEqual([0, 0]);
  });

  test('a call that nobody waits for is our mistake', () => {
    const m = machine();
    const thing = new Thing(m, null);
    m.job('a', 0, function* (k) {
      k.call(outer, thing);
      yield* k.call(inner, thing, 5);
    });
    expect(() => m.finish()).toThrow('a call is waited for where it is made');
  });

  test('CPUs begin together, whatever the first of them does', () => {
    const m = machine({ cpus: 2 });
    for (const cpu of [0, 1])
      m.job(`job ${cpu}`, cpu, function* (k) {
        for (let i = 0; i < 3; i++) {
          k.note(`cpu ${cpu}`);
          yield k.spend(10);
        }
      });
    m.finish();
    expect(m.notes).toEqual(['0 cpu 0', '0 cpu 1', '10 cpu 0', '10 cpu 1', '20 cpu 0', '20 cpu 1']);
  });
});

describe('spending', () => {
  test('an interrupted task keeps what it still had to spend', () => {
    const m = machine();
    m.job('a', 0, function* (k) {
      yield k.spend(100);
      k.note('task');
    });
    m.irqAt(40, 0, 'dev', function* (k) {
      yield k.spend(30);
      k.note('irq');
    });
    m.finish();
    expect(m.notes).toEqual(['70 irq', '130 task']);
  });

  test('with interrupts off an interrupt waits', () => {
    const m = machine();
    m.job('a', 0, function* (k) {
      k.irqDisable();
      yield k.spend(100);
      k.irqEnable();
      yield k.spend(10);
      k.note('task');
    });
    m.irqAt(40, 0, 'dev', function* (k) {
      k.note('irq');
    });
    m.finish();
    expect(m.notes).toEqual(['100 irq', '110 task']);
  });

  test('three interrupts at one time run one after the other, in the order in which they were raised', () => {
    const m = machine({ irqEntry_ns: 1, irqExit_ns: 2 });
    m.job('a', 0, function* (k) {
      yield k.spend(100);
      k.note('task');
    });
    for (const name of ['first', 'second', 'third'])
      m.irqAt(40, 0, name, function* (k) {
        yield k.spend(10);
        k.note(name);
      });
    const log = m.finish();
    expect(m.notes).toEqual(['51 first', '64 second', '77 third', '139 task']);
    expect(eventsOf(log, Ev.Irq)).toEqual(['40 first', '53 second', '66 third']);
  });

  test('three contexts deep: task, softirq, and interrupts at one time on top of it', () => {
    const m = machine();
    m.job('a', 0, function* (k) {
      yield k.spend(100);
      k.note('task');
    });
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      yield k.spend(20);
      k.note('softirq');
    });
    m.irqAt(10, 0, 'raises', function* (k) {
      yield k.spend(5);
      k.raiseSoftirq(BLOCK_SOFTIRQ);
    });
    for (const name of ['one', 'two', 'three'])
      m.irqAt(20, 0, name, function* (k) {
        yield k.spend(7);
        k.note(name);
      });
    const log = m.finish();
    // 15: softirq begins and spends 5 of its 20; 20: the three take 21; 41: 15 are left; 56: the task goes on with 90
    expect(m.notes).toEqual(['27 one', '34 two', '41 three', '56 softirq', '146 task']);
    const irqs = rowsOf(log, Ev.Irq);
    expect(irqs.map((row) => contextLevel(log.context(row)))).toEqual([
      Level.Hardirq,
      Level.HardirqInSoftirq,
      Level.HardirqInSoftirq,
      Level.HardirqInSoftirq,
    ]);
    expect(contextFlags(log.context(irqs[0]!))).toBe('d.h..');
  });

  test('an interrupt at the very end of a spending comes before what follows it, or after; never lost', () => {
    const m = machine();
    m.job('a', 0, function* (k) {
      yield k.spend(40);
      k.note('task');
      yield k.spend(10);
      k.note('end');
    });
    m.irqAt(40, 0, 'dev', function* (k) {
      yield k.spend(5);
      k.note('irq');
    });
    m.finish();
    expect(m.notes).toEqual(['45 irq', '45 task', '55 end']);
  });

  const interrupt = fc.record({ at: fc.integer({ min: 0, max: 300 }), ns: fc.integer({ min: 0, max: 40 }) });
  const plans = fc.record({
    parts: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 }),
    irqs: fc.array(interrupt, { maxLength: 12 }),
    softirq_ns: fc.integer({ min: 0, max: 30 }),
  });

  /** A task that spends `parts`, interrupts that raise a softirq each; when it ended and what ran on top of it. */
  function interrupted(plan: { parts: number[]; irqs: { at: number; ns: number }[]; softirq_ns: number }) {
    const m = machine({ maxTime_ns: 1e6 });
    const result = { end_ns: -1, ontop_ns: 0, softirqs: 0 };
    const onTop = (ns: number) => {
      if (result.end_ns < 0) result.ontop_ns += ns;
    };
    m.job('a', 0, function* (k) {
      for (const ns of plan.parts) yield k.spend(ns);
      result.end_ns = k.now_ns;
    });
    m.onSoftirq(BLOCK_SOFTIRQ, function* (k) {
      result.softirqs++;
      yield k.spend(plan.softirq_ns);
      onTop(plan.softirq_ns);
    });
    for (const { at, ns } of plan.irqs)
      m.irqAt(at, 0, 'dev', function* (k) {
        yield k.spend(ns);
        onTop(ns);
        k.raiseSoftirq(BLOCK_SOFTIRQ);
      });
    return { m, result };
  }

  test('no time is lost or counted twice, however a task is interrupted', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { m, result } = interrupted(plan);
        m.finish();
        const own_ns = plan.parts.reduce((sum, ns) => sum + ns, 0);
        expect(result.end_ns).toBe(own_ns + result.ontop_ns);
        if (plan.irqs.length > 0) expect(result.softirqs).toBeGreaterThan(0);
      }),
    );
  });

  test('the log is the same in slices of any size', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 50 }), (plan, slice) => {
        const whole = interrupted(plan).m;
        const sliced = interrupted(plan).m;
        whole.finish();
        sliced.finish(slice);
        expect(sliced.log.digestHex()).toBe(whole.log.digestHex());
      }),
    );
  });
});

describe('limits', () => {
  function* forEver(k: TestMachine): Proc {
    for (;;) yield* k.call(nothing);
  }
  function* nothing(): Proc {
    // takes no time
  }

  test('a loop that takes no time ends at the limit of rows', () => {
    const m = machine({ maxRows: 1000 });
    m.job('a', 0, forEver);
    const log = m.finish();
    expect(m.stopped).toBe('limit: events');
    expect(log.rows).toBe(1001);
    expect(log.complete).toBe(true);
  });

  test('a run ends at its limit of time', () => {
    const m = machine({ maxTime_ns: 500 });
    m.job('a', 0, function* (k) {
      for (;;) {
        yield k.spend(100);
        k.note('on');
      }
    });
    m.finish();
    expect(m.stopped).toBe('limit: time');
    expect(m.notes.at(-1)).toBe('500 on');
  });

  test('a callback is never asked for in the past', () => {
    const m = machine();
    m.at(100, () => {
      m.at(50, () => undefined);
    });
    expect(() => m.finish()).toThrow('in the past');
  });

  test('two interrupts that one callback raises come at the same time', () => {
    const m = machine({ cpus: 2 });
    for (const cpu of [0, 1])
      m.job(`job ${cpu}`, cpu, function* (k) {
        yield k.spend(1000);
      });
    const irq = (name: string) => ({
      name,
      vector: 1,
      cause: 0,
      handler: function* () {
        m.note(name);
        yield m.spend(10);
      },
    });
    m.at(100, () => {
      m.raiseIrq(m.cpuAt(0), irq('left'));
      m.raiseIrq(m.cpuAt(1), irq('right'));
    });
    m.finish();
    expect(m.notes).toEqual(['100 left', '100 right']);
  });
});
