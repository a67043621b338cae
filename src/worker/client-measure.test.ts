import { describe, expect, test } from 'vitest';
import { DEFAULTS, type Options } from '../experiment/plan.ts';
import { DELAY_MOST_POINTS } from '../experiment/delay.ts';
import type { JobFigures, JobResult } from '../experiment/job.ts';
import { batchFormula, delaySwept, formula, swept } from '../experiment/testing.ts';
import { type MeasurerLike, SweepClient } from './client-measure.ts';
import type { FromMeasurer, ToMeasurer } from './client-measure-messages.ts';

const OPTIONS: Options = { ...DEFAULTS, cv_percent: [0, 50], seeds: 1 };
const JOB = { experiment: 'caller-comp', options: OPTIONS } as const;

/** A Worker whose engine is a formula, and that answers when the test says so. */
class FormulaWorker implements MeasurerLike {
  onmessage: MeasurerLike['onmessage'] = null;
  onerror: MeasurerLike['onerror'] = null;
  task: ToMeasurer | null = null;
  terminated = false;

  postMessage(task: ToMeasurer): void {
    expect(this.task, 'a Worker has one task at a time').toBeNull();
    this.task = task;
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(): void {
    const { task } = this;
    if (task === null) return;
    this.task = null;
    this.say({ kind: 'figures', answer: byFormula(task), model: 'model' });
  }
  say(data: FromMeasurer): void {
    const listener: MeasurerLike['onmessage'] = this.onmessage;
    listener?.(new MessageEvent('message', { data }));
  }
}

function byFormula({ experiment, id, point }: ToMeasurer): JobFigures {
  return experiment === 'caller-comp'
    ? { experiment, id, figures: formula(point) }
    : { experiment, id, figures: batchFormula(point) };
}

function rig() {
  const workers: FormulaWorker[] = [];
  const heard: string[] = [];
  const results: JobResult[] = [];
  const client = new SweepClient(() => {
    const worker = new FormulaWorker();
    workers.push(worker);
    return worker;
  });
  const events = {
    progress: (done: number, total: number) => heard.push(`${done}/${total}`),
    done: (result: JobResult) => results.push(result),
    failed: (message: string) => heard.push(`failed: ${message}`),
  };
  return { client, workers, heard, results, events };
}

describe('an experiment on Web Workers', () => {
  test('gives what the points give one after the other, and ends its Workers', () => {
    const { client, workers, heard, results, events } = rig();
    client.start(JOB, events, 3);
    for (let turn = 0; results.length === 0; turn++) workers[(turn * 2) % 3]?.answer();
    expect(results).toEqual([swept(OPTIONS)]);
    expect(heard[0]).toBe('0/60');
    expect(heard.at(-1)).toBe('60/60');
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true, true]);
  });

  test('the delay is fitted for every HZ, and what a fit spares counts as done', () => {
    const { client, workers, heard, results, events } = rig();
    const options = { hz: [250, 1000], ios: 500, seed: 1 } as const;
    client.start({ experiment: 'in-task-delay', options }, events, 3);
    for (let turn = 0; results.length === 0; turn++) workers[(turn * 2) % 3]?.answer();
    expect(results).toEqual([delaySwept(options)]);
    expect(heard[0]).toBe(`0/${2 * DELAY_MOST_POINTS}`);
    expect(heard.at(-1)).toBe(`${2 * DELAY_MOST_POINTS}/${2 * DELAY_MOST_POINTS}`);
  });

  test('a cancelled one is silent, and another can be started', () => {
    const { client, workers, heard, events } = rig();
    client.start(JOB, events, 1);
    client.cancel();
    workers[0]?.answer();
    expect(heard).toEqual(['0/60']);
    client.start(JOB, events, 1);
    workers[1]?.answer();
    expect(heard).toEqual(['0/60', '0/60', '1/60']);
  });

  test('a failure is told once and ends all', () => {
    const { client, workers, heard, events } = rig();
    client.start(JOB, events, 2);
    workers[0]?.say({ kind: 'failed', message: 'boom' });
    workers[1]?.answer();
    expect(heard).toEqual(['0/60', 'failed: boom']);
    expect(workers.every(({ terminated }) => terminated)).toBe(true);
  });
});
