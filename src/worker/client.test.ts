import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseScenario } from '../scenario/parse.ts';
import { PRESETS } from '../scenario/presets.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { FromWorker, RunSummary, ToWorker } from './client-messages.ts';
import { RunClient, type RunEvents, type WorkerLike } from './client.ts';

/** A Worker that says what the test lets it say. */
class ScriptedWorker implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  onmessageerror: WorkerLike['onmessageerror'] = null;
  readonly received: ToWorker[] = [];
  terminated = false;

  postMessage(message: ToWorker): void {
    this.received.push(message);
  }
  terminate(): void {
    this.terminated = true;
  }
  say(message: FromWorker): void {
    const listener: WorkerLike['onmessage'] = this.onmessage;
    if (listener === null) throw new Error('the client listens');
    listener(new MessageEvent('message', { data: message }));
  }
}

function scenario(): Scenario {
  const parsed = parseScenario(PRESETS[0].scenario);
  if (!parsed.ok) throw new Error('the first preset is valid');
  return parsed.value;
}

function listener(): RunEvents & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    chunk: () => heard.push('chunk'),
    progress: ({ rows }) => heard.push(`progress ${rows}`),
    done: ({ stop }) => heard.push(`done ${stop}`),
    failed: (message) => heard.push(`failed: ${message}`),
  };
}

function rig() {
  const workers: ScriptedWorker[] = [];
  const client = new RunClient(() => {
    const worker = new ScriptedWorker();
    workers.push(worker);
    return worker;
  });
  return { client, workers };
}

const summary = { stop: 'done' } as RunSummary;

describe('the page’s client of the Worker', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('the events of a cancelled run never arrive', () => {
    const { client, workers } = rig();
    const first = listener();
    const second = listener();
    client.start(scenario(), first);
    client.start(scenario(), second);
    workers[0]?.say({ kind: 'progress', run: 1, rows: 5, time_ns: 1 });
    workers[0]?.say({ kind: 'progress', run: 2, rows: 7, time_ns: 1 });
    expect(first.heard).toEqual([]);
    expect(second.heard).toEqual(['progress 7']);
    expect(workers[0]?.received.map((m) => `${m.kind} ${m.run}`)).toEqual(['run 1', 'cancel 1', 'run 2']);
  });

  test('each chunk taken over gives credit for one more', () => {
    const { client, workers } = rig();
    client.start(scenario(), listener());
    const chunk = { kind: 'chunk', run: 1 } as FromWorker;
    workers[0]?.say(chunk);
    workers[0]?.say(chunk);
    expect(workers[0]?.received.filter((m) => m.kind === 'credit')).toHaveLength(2);
  });

  test('a Worker that crashes is reported once and replaced for the next run', () => {
    const { client, workers } = rig();
    const events = listener();
    client.start(scenario(), events);
    workers[0]?.onerror?.({ message: 'boom' } as ErrorEvent);
    expect(events.heard).toEqual(['failed: boom']);
    expect(workers[0]?.terminated).toBe(true);
    const next = listener();
    client.start(scenario(), next);
    workers[1]?.say({ kind: 'done', run: 2, summary });
    expect(next.heard).toEqual(['done done']);
  });

  test('a Worker that hangs is stopped after a while', () => {
    vi.useFakeTimers();
    const { client, workers } = rig();
    const events = listener();
    client.start(scenario(), events);
    vi.advanceTimersByTime(14_000);
    workers[0]?.say({ kind: 'progress', run: 1, rows: 1, time_ns: 1 });
    vi.advanceTimersByTime(14_000);
    expect(events.heard).toEqual(['progress 1']);
    vi.advanceTimersByTime(2_000);
    expect(events.heard[1]).toMatch(/^failed: .*15 seconds/);
    expect(workers[0]?.terminated).toBe(true);
  });

  test('after the end of a run nothing is reported any more', () => {
    vi.useFakeTimers();
    const { client, workers } = rig();
    const events = listener();
    client.start(scenario(), events);
    workers[0]?.say({ kind: 'done', run: 1, summary });
    workers[0]?.say({ kind: 'progress', run: 1, rows: 9, time_ns: 9 });
    vi.advanceTimersByTime(60_000);
    expect(events.heard).toEqual(['done done']);
  });
});
