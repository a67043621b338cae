// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { spansOf } from '../analysis/spans.ts';
import { TestLog } from '../analysis/testing.ts';
import { row } from '../base/units.ts';
import { smallLog } from './testing.ts';
import { TimelineView } from './timeline-view.ts';
import type { TimelineCallbacks } from './types.ts';

const small = smallLog({ hazard: true });
let host: HTMLElement;
let timeline: TimelineView;
let said: { [K in keyof TimelineCallbacks]-?: ReturnType<typeof vi.fn> };

beforeEach(() => {
  const media = { matches: true, addEventListener: vi.fn(), removeEventListener: vi.fn() };
  vi.spyOn(window, 'matchMedia').mockReturnValue(media as unknown as MediaQueryList); // motion is unwelcome
  host = document.createElement('div');
  document.body.append(host);
  const names = ['select', 'cursor', 'range', 'window', 'hover', 'collapse', 'focus', 'menu'] as const;
  said = Object.fromEntries(names.map((name) => [name, vi.fn()])) as unknown as typeof said;
  timeline = new TimelineView(host, said as unknown as TimelineCallbacks);
});
afterEach(() => {
  timeline.destroy();
  host.remove();
});

const show = (): void => timeline.setData(small.log, spansOf(small.log));

describe('the mounted timeline', () => {
  test('has a name, a description in words and a place in the tab order', () => {
    show();
    expect(host.getAttribute('aria-label')).toBe('Timeline');
    expect(host.tabIndex).toBe(0);
    const description = document.getElementById(host.getAttribute('aria-describedby') ?? '');
    expect(description?.textContent).toContain('2 CPUs');
    expect(description?.textContent).toContain('1 hazard');
    for (const canvas of host.querySelectorAll('canvas'))
      expect(canvas.getAttribute('aria-hidden')).toBe('true');
  });

  test('keeps a name that its owner gave', () => {
    const named = document.createElement('div');
    named.setAttribute('aria-label', 'Run A');
    new TimelineView(named).destroy();
    expect(named.getAttribute('aria-label')).toBe('Run A');
  });

  test('leaves nothing behind', () => {
    timeline.destroy();
    expect(host.childElementCount).toBe(0);
    expect(host.attributes).toHaveLength(1); // its style
  });

  test('has an empty table before there is a log and after it is cleared', () => {
    expect(timeline.infoOf(timeline.tracks)).toEqual([]);
    show();
    expect(timeline.infoOf(timeline.tracks).length).toBe(6);
    timeline.clear();
    expect(timeline.infoOf(timeline.tracks)).toEqual([]);
  });
});

describe('keys', () => {
  beforeEach(show);

  test('zoom around the cursor, pan, and fit everything again', () => {
    timeline.setView({ cursor: row(small.irq) });
    timeline.zoomIn();
    const window = timeline.view.window;
    expect(window === null ? 0 : window.to - window.from).toBe(45_000);
    expect(said.window.mock.lastCall?.[2]).toBe(true);
    timeline.pan(-0.5);
    timeline.fitAll();
    expect(timeline.view.window).toBeNull();
    expect(said.window.mock.lastCall?.[0]).toBeNull();
  });

  test('fit the selection, and with the same key everything again', () => {
    timeline.setView({ selection: row(small.worker) });
    timeline.fitSelection();
    expect(timeline.view.window).toMatchObject({ from: 85_500 - 90, to: 87_000 + 90 });
    timeline.fitSelection();
    expect(timeline.view.window).toBeNull();
  });

  test('fit the range when nothing is selected', () => {
    timeline.setView({ range: { t0_ns: 10_000, t1_ns: 20_000 } });
    timeline.fitSelection();
    expect(timeline.view.window).toMatchObject({ from: 9400, to: 20_600 });
  });

  test('move over tracks, say each, and stop at the ends', () => {
    timeline.moveFocus(1);
    timeline.moveFocus(1);
    expect(said.focus.mock.calls.map(([id]) => id as string)).toEqual(['cpu0', 'queue:nvme0q1.5']);
    timeline.moveFocus(-1);
    timeline.moveFocus(-1);
    expect(said.focus.mock.lastCall).toEqual(['cpu0', 'CPU 0, group, expanded']);
    expect(
      timeline
        .infoOf(timeline.tracks)
        .filter((info) => info.focused)
        .map((info) => info.id),
    ).toEqual(['cpu0']);
  });

  test('go from span to span on the focused track', () => {
    for (let i = 0; i < 5; i++) timeline.moveFocus(1);
    timeline.stepOnTrack(1);
    expect(said.select.mock.lastCall?.[0]).toMatchObject({ what: 'frame', track: 'cpu0/task' });
    timeline.setView({ selection: row(small.submit) });
    timeline.stepOnTrack(1);
    expect(said.select.mock.lastCall?.[0]).toMatchObject({ t0_ns: 2000 });
    timeline.stepOnTrack(-1);
    expect(said.select.mock.lastCall?.[0]).toMatchObject({ t0_ns: 1000, what: 'user' });
  });

  test('start from the cursor where nothing is focused or selected', () => {
    timeline.setView({ cursor: row(small.takeFromPool) });
    timeline.stepOnTrack(1);
    expect(said.select.mock.lastCall?.[0]).toMatchObject({ row: small.worker });
  });

  test('ask the owner to collapse the group of the focused track', () => {
    timeline.moveFocus(1);
    timeline.moveFocus(1);
    timeline.toggleGroup();
    expect(said.collapse.mock.lastCall).toEqual(['cpu0', true]);
    timeline.setView({ collapsed: new Set(['cpu0']) });
    expect(timeline.infoOf(timeline.tracks).map((info) => info.id)).toEqual(['cpu0', 'cpu1']);
  });
});

describe('the view', () => {
  beforeEach(show);

  test('is not told back to the owner who set it', () => {
    timeline.setView({ window: { from: 1000, to: 5000 } });
    expect(said.window).not.toHaveBeenCalled();
    expect(timeline.view.window).toEqual({ from: 1000, to: 5000 });
  });

  test('keeps the times in sight when the axis changes', () => {
    timeline.setView({ window: { from: 83_000, to: 90_000 } });
    timeline.setView({ axis: 'folded' });
    expect(timeline.view.window).toEqual({ from: 4000, to: 11_000 });
    timeline.setView({ axis: 'steps' });
    expect(timeline.view.window?.to).toBe(small.log.rows);
  });

  test('survives a rerun that grows from nothing', () => {
    timeline.setView({ window: { from: 83_000, to: 90_000 } });
    const log = new TestLog();
    log.switchTo(0, log.task('fio'));
    const short = log.at(10_000).stop();
    timeline.setData(short, spansOf(short));
    expect(timeline.view.window?.to).toBe(10_000);
    timeline.setData(small.log, spansOf(small.log));
    expect(timeline.view.window).toEqual({ from: 83_000, to: 90_000 });
  });

  test('moves to an event that is out of sight, without zooming', () => {
    timeline.setView({ window: { from: 0, to: 5000 } });
    timeline.reveal(small.worker);
    const { window } = timeline.view;
    expect(window?.from).toBeLessThan(85_500);
    expect(window?.to).toBeGreaterThan(85_500);
    expect(window === null ? 0 : window.to - window.from).toBe(5000);
  });

  test('stays where it is while the event can be seen', () => {
    timeline.setView({ window: { from: 80_000, to: 90_000 } });
    timeline.reveal(small.worker);
    expect(said.window).not.toHaveBeenCalled();
  });
});
