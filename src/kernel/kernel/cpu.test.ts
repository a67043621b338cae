import { describe, expect, test } from 'vitest';
import { SpinLock, WaitQueue } from '../../engine/locks.ts';
import { TaskState } from '../../log/events.ts';
import { CpuhpState } from '../include/linux/cpuhotplug.ts';
import { alloc_workqueue, DelayedWork, WorkStruct, WQ_PERCPU } from '../include/linux/workqueue.ts';
import { type TestKernel, testKernel, type TestKernelOptions } from '../testing.ts';
import { cpu_device_down, cpu_device_up, cpuhp_setup_state } from './cpu.ts';
import { msleep } from './time/timer.ts';
import { queue_work, queue_work_on } from './workqueue.ts';
import { disable_work_sync, enable_work } from './workqueue-cancel.ts';
import { queue_delayed_work_on } from './workqueue-delayed.ts';

const { CPUHP_AP_ONLINE_DYN, CPUHP_BP_PREPARE_DYN } = CpuhpState;
const wq = alloc_workqueue('bio_complete', WQ_PERCPU);

const kernel = (options: TestKernelOptions = {}): TestKernel =>
  testKernel({ cpus: 2, ...options, costs: { 'rcu.grace': 1000, stop_machine: 10, ...options.costs } });

const here = (k: TestKernel): string => `${k.currentTask.comm} on CPU ${k.cpu?.id}`;

/** A callback that says where it runs. */
const says = (k: TestKernel, what: string) =>
  function* (_k: unknown, cpu: number) {
    k.note(`${what} of CPU ${cpu} in ${here(k)}, ${k.cpu_online(cpu) ? 'online' : 'offline'}`);
  };

const notes = (k: TestKernel): string[] => k.notes.map((note) => note.replace(/^\d+ /, ''));

describe('callbacks of a CPU that goes and comes', () => {
  test('run in order, those above in its own thread while it is online, those below in the task elsewhere', () => {
    const k = kernel();
    const online = cpuhp_setup_state(k, CPUHP_AP_ONLINE_DYN, says(k, 'first up'), says(k, 'first down'));
    const second = cpuhp_setup_state(k, CPUHP_AP_ONLINE_DYN, says(k, 'second up'), says(k, 'second down'));
    const dead = cpuhp_setup_state(k, CPUHP_BP_PREPARE_DYN, says(k, 'prepare'), says(k, 'dead'));
    expect([online, second, dead]).toEqual([194, 195, 63]);
    k.job('echo', 0, function* () {
      yield* k.call(cpu_device_down, 1);
      k.note('offline');
      yield* k.call(cpu_device_up, 1);
      k.note('online');
    });
    k.finish();
    expect(notes(k)).toEqual([
      'second down of CPU 1 in cpuhp/1 on CPU 1, online',
      'first down of CPU 1 in cpuhp/1 on CPU 1, online',
      'dead of CPU 1 in echo on CPU 0, offline',
      'offline',
      'prepare of CPU 1 in echo on CPU 0, offline',
      'first up of CPU 1 in cpuhp/1 on CPU 1, online',
      'second up of CPU 1 in cpuhp/1 on CPU 1, online',
      'online',
    ]);
    expect(k.stopped).toBe('done');
  });

  test('one CPU at a time, however many tasks want it', () => {
    const k = kernel({ cpus: 3 });
    cpuhp_setup_state(k, CPUHP_AP_ONLINE_DYN, null, says(k, 'down'));
    cpuhp_setup_state(k, CPUHP_BP_PREPARE_DYN, null, says(k, 'dead'));
    for (const cpu of [1, 2])
      k.job(`echo ${cpu}`, 0, function* () {
        yield* k.call(cpu_device_down, cpu);
      });
    k.finish();
    expect(notes(k).map((note) => note.split(' in ')[0])).toEqual([
      'down of CPU 1',
      'dead of CPU 1',
      'down of CPU 2',
      'dead of CPU 2',
    ]);
  });

  test.each(['none', 'voluntary', 'full', 'lazy', 'rt'] as const)(
    'with preempt=%s all CPUs stop, also busy ones and one that holds a lock',
    (preempt) => {
      const k = kernel({ cpus: 3, preempt });
      const lock = new SpinLock(k, null, 'lock');
      for (const cpu of [0, 1, 2])
        k.job(`busy ${cpu}`, cpu, function* () {
          for (let i = 0; i < 300; i++) {
            yield* k.spinLock(lock);
            yield k.spend(20);
            k.spinUnlock(lock);
            yield k.spend(7);
            yield k.reschedIfNeeded(); // as on the way to user mode
          }
        });
      k.job('echo', 0, function* () {
        yield* k.call(cpu_device_down, 1);
        k.note('offline');
      });
      k.finish();
      expect(k.stopped).toBe('done');
      expect(notes(k)).toEqual(['offline']);
    },
  );
});

describe('work on a CPU that goes offline', () => {
  test('that waits there is executed elsewhere; so is what is queued there later, until the CPU is back', () => {
    const k = kernel();
    const work = new WorkStruct(k, null, 'work');
    work.func = function* () {
      k.note(`executed by ${here(k)}`);
    };
    k.job('echo', 0, function* () {
      yield* k.call(queue_work_on, work, wq, 1);
      yield k.spend(10);
      yield* k.call(cpu_device_down, 1);
      yield* k.call(queue_work_on, work, wq, 1);
      yield* k.call(msleep, 1);
      yield* k.call(cpu_device_up, 1);
      yield* k.call(queue_work_on, work, wq, 1);
      yield* k.call(msleep, 1);
    });
    k.finish();
    expect(notes(k)).toEqual([
      'executed by kworker/1:1 on CPU 1',
      'executed by kworker/1:1 on CPU 0',
      'executed by kworker/1:1 on CPU 1',
    ]);
  });

  test('that sleeps goes on elsewhere, and its pool no longer holds the others back', () => {
    const k = kernel({ cpus: 3 });
    const queue = new WaitQueue(k, null, 'queue');
    const busy = new WorkStruct(k, null, 'busy');
    let there = false;
    busy.func = function* () {
      yield* k.waitEvent(queue, TaskState.Uninterruptible, 'an event', () => there);
      k.note(`goes on in ${here(k)}`);
      yield k.spend(1000);
    };
    const other = new WorkStruct(k, null, 'other');
    other.func = function* () {
      k.note(`other in ${here(k)}`);
    };
    k.job('echo', 0, function* () {
      yield* k.call(queue_work_on, busy, wq, 1);
      yield k.spend(10);
      yield* k.call(cpu_device_down, 1);
      there = true;
      const sleeper = k.nextSleeper(queue);
      if (sleeper !== null) k.wake(sleeper);
      yield k.spend(10);
      yield* k.call(queue_work_on, other, wq, 1);
      yield k.spend(10);
    });
    k.finish();
    expect(notes(k)).toEqual(['goes on in kworker/1:1 on CPU 2', 'other in kworker/1:0 on CPU 0']);
  });

  test('whose timer is armed there fires where the task runs that took the CPU offline', () => {
    const k = kernel();
    const dwork = new DelayedWork(k, null, 'delayed', function* () {
      k.note(`executed by ${here(k)}`);
    });
    k.job('echo', 0, function* () {
      yield* k.call(queue_delayed_work_on, dwork, wq, 1, 3);
      yield* k.call(cpu_device_down, 1);
      yield* k.call(msleep, 5);
    });
    k.finish();
    expect(notes(k)).toEqual(['executed by kworker/1:1 on CPU 0']);
  });

  test('may be refused between the two callbacks: what is added then is for the second (7.3 bio_complete_batch)', () => {
    const k = kernel();
    const list: string[] = [];
    const drain = (): string[] => list.splice(0);
    const batch = new WorkStruct(k, null, 'batch');
    batch.func = function* () {
      k.note(`${drain().join()} by ${here(k)}`);
    };
    const add = function* (_k: unknown, bio: string) {
      list.push(bio);
      k.note(`${bio} ${(yield* k.call(queue_work_on, batch, wq, 1)) ? 'queued' : 'refused'}`);
    };
    cpuhp_setup_state(
      k,
      CPUHP_AP_ONLINE_DYN,
      function* () {
        yield* k.call(enable_work, batch);
        if (list.length > 0) yield* k.call(queue_work, batch, wq);
      },
      function* () {
        yield* k.call(disable_work_sync, batch);
        yield* k.call(add, 'second');
      },
    );
    cpuhp_setup_state(k, CPUHP_BP_PREPARE_DYN, null, function* () {
      k.note(`${drain().join()} by ${here(k)}`);
    });
    k.job('echo', 0, function* () {
      yield* k.call(add, 'first');
      yield* k.call(cpu_device_down, 1);
      yield* k.call(cpu_device_up, 1);
      yield* k.call(add, 'third');
      yield k.spend(10);
    });
    k.finish();
    expect(notes(k)).toEqual([
      'first queued',
      'first by kworker/1:1 on CPU 1',
      'second refused',
      'second by echo on CPU 0',
      'third queued',
      'third by kworker/1:1 on CPU 1',
    ]);
  });
});
