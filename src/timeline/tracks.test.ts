import { describe, expect, test } from 'vitest';
import { TestLog } from '../analysis/testing.ts';
import { anchorOf } from './anchors.ts';
import { hitTest } from './hit.ts';
import { smallLog, modelOf } from './testing.ts';
import { summary, trackInfo } from './table.ts';
import { Kind } from './theme.ts';
import { HEADER_PX, layOut, LINE_PX, trackAt } from './tracks.ts';
import { Viewport } from './viewport.ts';
import { nextSpot } from './walk.ts';

const small = smallLog({ hazard: true });
const model = modelOf(small.log);
const layout = layOut(model, new Set());
const track = (id: string) => {
  const found = layout.tracks.find((t) => t.id === id);
  if (found === undefined) throw new Error(`no track ${id}`);
  return found;
};

describe('the layout', () => {
  test('leads from the device through the interrupt and the waiting place to the tasks', () => {
    expect(layout.tracks.map((t) => `${t.kind} ${t.label}`)).toEqual([
      'group CPU 0',
      'queue nvme0q1',
      'band hard irq',
      'place pool cpu 0',
      'band tasks',
      'group CPU 1',
    ]);
  });

  test('leaves out bands that never hold anything, and folds a CPU that only idles into its header', () => {
    expect(layout.tracks.some((t) => t.label === 'softirq')).toBe(false);
    const idle = track('cpu1');
    expect(idle.collapsed).toBeNull();
    expect(idle.lines.length).toBe(1);
  });

  test('stacks tracks without gaps or overlaps, and lines within their track', () => {
    let bottom = 0;
    for (const t of layout.tracks) {
      expect(t.top).toBe(bottom);
      bottom += t.height;
      for (const line of t.lines) {
        expect(line.top).toBeGreaterThanOrEqual(t.top);
        expect(line.top + line.height).toBeLessThanOrEqual(t.top + t.height);
      }
    }
    expect(layout.height).toBe(bottom);
  });

  test('puts neighbours that only idle on one line', () => {
    const t = new TestLog();
    for (const cpu of [0, 1, 2, 3, 4, 5]) t.switchTo(cpu, t.task(cpu === 3 ? 'fio' : `swapper/${cpu}`));
    t.at(1000);
    const many = layOut(modelOf(t.stop()), new Set());
    expect(many.tracks.map((found) => found.label)).toEqual(['CPUs 0–2', 'CPU 3', 'tasks', 'CPUs 4–5']);
  });

  test('gives each depth of a band a line: presence, user mode, then calls', () => {
    const task = track('cpu0/task');
    expect(task.lines.map((line) => line.depth)).toEqual([0, 1, 2, 3]);
    expect(Array.from(task.lines[1]?.lane.kind.subarray(0, 2) ?? [])).toEqual([Kind.User, Kind.Worker]);
  });

  test('gives a place a strip for its depth only where more than one item waits at once', () => {
    expect(track('place:pool cpu 0.6').lines[0]?.top).toBeLessThan(track('place:pool cpu 0.6').top + 4);
    const t = new TestLog();
    const pool = t.object('worker_pool', 0, 'pool');
    for (const item of [t.object('work_struct'), t.object('work_struct')]) t.put(0, item, pool);
    const crowded = layOut(modelOf(t.stop()), new Set()).tracks.at(-1);
    expect(crowded?.lines[0]?.top).toBeGreaterThan((crowded?.top ?? 0) + 20);
    expect(crowded?.lines.length).toBe(2);
  });

  test('knows which interrupts hatch a band', () => {
    expect(track('cpu0/task').above).toEqual([track('cpu0/hardirq').lines[0]?.lane]);
    expect(track('cpu0/hardirq').above).toEqual([]);
  });

  test('shows a collapsed CPU in its header, interrupts on top', () => {
    const closed = layOut(model, new Set(['cpu0']));
    expect(closed.tracks.map((t) => t.id)).toEqual(['cpu0', 'cpu1']);
    expect(closed.tracks[0]?.lines.at(-1)?.lane).toBe(track('cpu0/hardirq').lines[0]?.lane);
    expect(closed.tracks[0]?.height).toBe(HEADER_PX);
  });
});

describe('what is under the pointer', () => {
  const view = new Viewport({ from: 0, to: 90_000 }, 100, 900); // 100 ns a pixel
  const at = (id: string, line: number, time_ns: number) =>
    hitTest(model, layout, view, { x: view.x(time_ns), y: (track(id).lines[line]?.top ?? 0) + LINE_PX / 2 });

  test('is the function whose bar it is, in words', () => {
    const hit = at('cpu0/task', 1, 86_500);
    expect(hit).toMatchObject({ what: 'function', row: small.worker, t0_ns: 85_500, t1_ns: 87_000 });
    expect(hit?.text.replaceAll('\u00a0', ' ')).toBe(
      'iomap_dio_complete_work on CPU 0, kernel worker, 1.5 µs from 85.500 µs, for io_kiocb 1',
    );
  });

  test('is a waiting item with its place', () => {
    const hit = at('place:pool cpu 0.6', 0, 84_500);
    expect(hit).toMatchObject({ what: 'wait', row: small.putInPool });
    expect(hit?.text).toContain('work_struct 1 of io_kiocb 1 in pool cpu 0');
  });

  test('is a span one pixel wide from three pixels away, and not from further', () => {
    const hit = hitTest(model, layout, view, { x: view.x(83_000) - 2, y: track('cpu0/hardirq').top + 8 });
    expect(hit).toMatchObject({ what: 'frame', row: small.irq });
    expect(
      hitTest(model, layout, view, { x: view.x(83_000) - 5, y: track('cpu0/hardirq').top + 8 }),
    ).toBeNull();
  });

  test('is the hazard before anything else', () => {
    const row = model.hazards[0] ?? -1;
    const anchor = anchorOf(model, layout, row);
    const hit = hitTest(model, layout, view, { x: view.x(anchor?.place ?? 0), y: anchor?.y ?? 0 });
    expect(hit).toMatchObject({ what: 'hazard', row });
    expect(hit?.text).toContain('Hazard: invalidate-in-irq on CPU 0');
  });

  test('is a finding with what it says, the gravest of an event first', () => {
    const row = model.hazards[0] ?? -1;
    const at = (severity: 'error' | 'warning' | 'info', text: string) => ({ row, severity, text });
    const anchor = anchorOf(model, layout, row);
    const place = { x: view.x(anchor?.place ?? 0), y: anchor?.y ?? 0 };
    model.update('clock', [at('warning', 'it waits')]);
    expect(hitTest(model, layout, view, place)?.text).toContain('Warning: it waits on CPU 0');
    expect(summary(model)).toContain('0 hazards, 1 warning in');
    model.update('clock', [at('info', 'it spins')]);
    expect(hitTest(model, layout, view, place)?.text).toContain('Note: it spins on CPU 0');
    expect(summary(model)).toContain('0 hazards, 1 note in');
    model.update('clock', [at('warning', 'it waits'), at('error', 'it hangs')]);
    expect(hitTest(model, layout, view, place)?.text).toContain('Hazard: it hangs; it waits on CPU 0');
    model.update('clock', []);
    expect(summary(model)).toContain('1 hazard in');
  });

  test('is nothing over the gutter and below the last track', () => {
    expect(hitTest(model, layout, view, { x: 50, y: track('cpu0/task').top + 5 })).toBeNull();
    expect(hitTest(model, layout, view, { x: 500, y: layout.height + 5 })).toBeNull();
    expect(trackAt(layout, -1)).toBeUndefined();
  });
});

describe('an event is shown', () => {
  test('on the span that it began', () => {
    expect(anchorOf(model, layout, small.submit)).toMatchObject({ place: 1500, track: { id: 'cpu0/task' } });
  });
  test('in the place that it entered or left', () => {
    const put = anchorOf(model, layout, small.putInPool);
    expect(put).toMatchObject({ place: 83_800, track: { place: { label: 'pool cpu 0' } } });
    expect(anchorOf(model, layout, small.takeFromPool)?.line).toBe(put?.line);
  });
  test('on the header while its CPU is collapsed', () => {
    expect(anchorOf(model, layOut(model, new Set(['cpu0'])), small.submit)?.track.id).toBe('cpu0');
  });
  test('nowhere if it happened on no track', () => {
    expect(anchorOf(model, layout, 0)).toBeNull();
    expect(anchorOf(model, layout, 1e6)).toBeNull();
  });
});

describe('keys along a track', () => {
  const task = track('cpu0/task');
  const walk = (by: 1 | -1): string[] => {
    const names: string[] = [];
    for (
      let spot = nextSpot(task, null, by > 0 ? 0 : 1e9, by);
      spot !== null;
      spot = nextSpot(task, spot, 0, by)
    )
      names.push(`${spot.line.depth}@${spot.line.lane.t0_ns[spot.span]}`);
    return names;
  };

  test('visit every span but idle ones in the order of time, outer before inner', () => {
    expect(walk(1)).toEqual(['0@1000', '1@1000', '2@1500', '3@2000', '0@85000', '1@85500']);
  });
  test('go back the same way', () => {
    expect(walk(-1)).toEqual(walk(1).reverse());
  });
});

describe('the table', () => {
  const info = (id: string, from = 0, to = 90_000) => trackInfo(model, track(id), { from, to }, false);

  test('counts what is in the window and lists it in order', () => {
    expect(info('cpu0/task')).toMatchObject({ tag: 'TK', group: 'cpu0', count: 6, collapsed: null });
    expect(info('cpu0/task').events.map((event) => event.text.split(' on ')[0])).toEqual([
      'fio-job',
      'fio',
      'io_uring_enter',
      'nvme_queue_rq',
      'kworker/0:1',
      'iomap_dio_complete_work',
    ]);
    expect(info('cpu0/task', 84_000, 90_000).count).toBe(2);
  });

  test('says of each track what it is', () => {
    expect(info('cpu0/task').text).toBe('CPU 0, tasks: 6 spans in view');
    expect(info('cpu0').text).toBe('CPU 0, group, expanded');
    expect(info('cpu1').text).toBe('CPU 1: idle');
    expect(info('place:pool cpu 0.6').text).toBe('pool cpu 0: 1 item in view, at most 1 at once');
  });

  test('and of the whole', () => {
    expect(summary(model)).toMatch(
      /^2 CPUs, 1 device queue, 1 waiting place, \d+ spans, 1 hazard in 90\sµs\.$/,
    );
  });
});
