import { expect, test } from 'vitest';
import { TaskState } from '../../log/events.ts';
import { type KernelFn } from '../kernel.ts';
import { type TestKernel, testKernel } from '../testing.ts';
import { exit_to_user_mode_loop } from './entry/common.ts';
import { task_work_add, task_work_pending, task_work_run, type TaskWorkNotifyMode } from './task_work.ts';

/** Work that says which it is and whose. */
const says = (k: TestKernel, text: string) => ({ func: noted, data: { k, text } });

function* noted(_k: unknown, { k, text }: { k: TestKernel; text: string }): KernelFn {
  k.note(`${text} in ${k.currentTask.comm}`);
  yield k.spend(1);
}

test('runs in the task it was added for, in order, with what is added meanwhile', () => {
  const k = testKernel();
  k.job('a', 0, function* (task) {
    const again = {
      func: function* adds(): KernelFn {
        yield* k.call(task_work_add, task, says(k, 'three'), 'TWA_NONE');
      },
      data: null,
    };
    yield* k.call(task_work_add, task, says(k, 'one'), 'TWA_NONE');
    yield* k.call(task_work_add, task, again, 'TWA_NONE');
    yield* k.call(task_work_add, task, says(k, 'two'), 'TWA_NONE');
    expect(task_work_pending(k, task)).toBe(true);
    yield* k.call(task_work_run);
    expect(task_work_pending(k, task)).toBe(false);
  });
  k.finish();
  expect(k.notes).toEqual(['0 one in a', '1 two in a', '2 three in a']);
});

test('a signal wakes a task that sleeps interruptibly', () => {
  const k = testKernel({ cpus: 2 });
  const sleeper = k.job('sleeper', 0, function* () {
    k.setState(TaskState.Interruptible, 'a signal');
    yield k.schedule();
    yield* k.call(exit_to_user_mode_loop);
  });
  k.job('adder', 1, function* () {
    yield k.spend(50);
    yield* k.call(task_work_add, sleeper, says(k, 'work'), 'TWA_SIGNAL');
  });
  k.finish();
  expect(k.notes).toEqual(['50 work in sleeper']);
});

/** When work added at 50 for a task in user mode, up to 1000, runs; it enters the kernel by itself only then. */
function runsAt(notify: TaskWorkNotifyMode): string[] {
  const k = testKernel({ cpus: 2 });
  const user = k.job('user', 0, function* (task) {
    k.setUserMode(task.context, true);
    yield k.spend(1000);
    k.setUserMode(task.context, false);
    yield* k.call(exit_to_user_mode_loop);
  });
  k.job('adder', 1, function* () {
    yield k.spend(50);
    yield* k.call(task_work_add, user, says(k, 'work'), notify);
  });
  k.finish();
  return k.notes;
}

test('TWA_SIGNAL interrupts a task in user mode on another CPU', () => {
  expect(runsAt('TWA_SIGNAL')).toEqual(['50 work in user']);
});

test('TWA_SIGNAL_NO_IPI and TWA_RESUME wait until it enters the kernel by itself', () => {
  expect(runsAt('TWA_SIGNAL_NO_IPI')).toEqual(['1000 work in user']);
  expect(runsAt('TWA_RESUME')).toEqual(['1000 work in user']);
});

test('work that an interrupt adds for the task it has interrupted runs on the way back to user mode', () => {
  const k = testKernel();
  const user = k.job('user', 0, function* (task) {
    k.setUserMode(task.context, true);
    yield k.spend(1000);
    k.setUserMode(task.context, false);
    k.note('the task goes on');
  });
  k.irqAt(50, 0, function* () {
    yield* k.call(task_work_add, user, says(k, 'work'), 'TWA_SIGNAL');
  });
  k.finish();
  expect(k.notes).toEqual(['50 work in user', '1001 the task goes on']);
});
