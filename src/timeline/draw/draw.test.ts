import { beforeEach, describe, expect, test } from 'vitest';
import { TestLog } from '../../analysis/testing.ts';
import { type ObjectId, row, type Row } from '../../base/units.ts';
import { densityOf } from '../density.ts';
import { spanLabel } from '../describe.ts';
import type { Lane } from '../lane.ts';
import type { JiffyMark } from '../jiffies.ts';
import { modelOf, smallLog } from '../testing.ts';
import { Kind, LIGHT } from '../theme.ts';
import { INITIAL_STATE } from '../state.ts';
import { layOut, LINE_PX } from '../tracks.ts';
import type { AxisKind, TimelineState } from '../types.ts';
import { Viewport } from '../viewport.ts';
import { drawHead } from './draw-head.ts';
import { Overview } from './draw-overview.ts';
import { drawOverlay } from './draw-overlay.ts';
import { drawTracks } from './draw-tracks.ts';
import { FitText } from './fit-text.ts';
import { Ink, Painter } from './painter.ts';
import { Strips } from './strips.ts';

type Rect = { x: number; y: number; width: number; height: number; fill: string };

/** A canvas that writes down rectangles, texts and strokes; characters are six pixels wide. */
class Recorder {
  rects: Rect[] = [];
  texts: string[] = [];
  curves = 0;
  canvas = {
    width: 0,
    height: 0,
    style: {},
    ownerDocument: { createElement: () => ({ getContext: () => null }) },
  };
  fillStyle: string | object = '';
  strokeStyle = '';
  font = '';
  lineWidth = 1;
  fillRect(x: number, y: number, width: number, height: number): void {
    if (typeof this.fillStyle === 'string') this.rects.push({ x, y, width, height, fill: this.fillStyle });
  }
  fillText(text: string): void {
    this.texts.push(text);
  }
  measureText(text: string): { width: number } {
    return { width: text.length * 6 };
  }
  bezierCurveTo(): void {
    this.curves++;
  }
  createPattern(): null {
    return null;
  }
  setTransform(): void {}
  setLineDash(): void {}
  clearRect(): void {}
  strokeRect(): void {}
  save(): void {}
  restore(): void {}
  beginPath(): void {}
  closePath(): void {}
  rect(): void {}
  clip(): void {}
  moveTo(): void {}
  lineTo(): void {}
  stroke(): void {}
  fill(): void {}
  arc(): void {}
  translate(): void {}
}

const NO_CANVAS = { createElement: () => ({ getContext: () => null }) } as unknown as Document;
const small = smallLog({ hazard: true });
const ink = new Ink(LIGHT, false);
let canvas: Recorder;
let p: Painter;
beforeEach(() => {
  canvas = new Recorder();
  p = new Painter(canvas as unknown as CanvasRenderingContext2D);
  p.begin(1000, 600, 1);
  canvas.rects = [];
});

function scene(axis: AxisKind = 'folded', change: Partial<TimelineState> = {}, log = small.log) {
  const model = modelOf(log, axis);
  const layout = layOut(model, new Set());
  const view = new Viewport({ from: 0, to: model.axis.end }, 148, 852);
  const state: TimelineState = { ...INITIAL_STATE, ...change };
  return { ...{ p, ink, view, model, layout, state, scroll: 0, pointer: null, focused: null } };
}

function drawBody(axis: AxisKind, log = small.log, jiffies: readonly JiffyMark[] = []): void {
  const strips = new Strips(NO_CANVAS);
  const label = (lane: Lane, i: number): string => spanLabel(log, lane, i);
  drawTracks({ ...scene(axis, {}, log), strips, jiffies, label, followed: () => false });
}

const filled = (fill: string): Rect[] => canvas.rects.filter((rect) => rect.fill === fill);

describe('the body', () => {
  test('draws every span in the colour of its context, none narrower than a pixel', () => {
    for (const axis of ['clock', 'folded', 'steps'] as const) {
      canvas.rects = [];
      drawBody(axis);
      const bars = (kind: Kind): Rect[] =>
        filled(LIGHT.fill[kind]).filter((rect) => rect.height === LINE_PX - 1);
      expect(bars(Kind.HardIrq).length, axis).toBe(3);
      expect(bars(Kind.Worker).length, axis).toBe(2);
      expect(bars(Kind.Task).length, axis).toBe(3);
      expect(bars(Kind.User).length, axis).toBe(1);
      expect(bars(Kind.Device).length, axis).toBe(1);
      expect(bars(Kind.Waiting).length, axis).toBe(1);
      for (const rect of canvas.rects) expect(rect.width).toBeGreaterThan(0);
    }
  });

  test('names spans where the names fit, and shortens them where they nearly do', () => {
    drawBody('folded');
    expect(canvas.texts).toEqual(
      expect.arrayContaining(['fio-job', 'io_uring_enter', 'CPU 0', 'hard irq', 'HI', 'TK']),
    );
    expect(canvas.texts.some((text) => text.startsWith('iomap_dio_comp'))).toBe(true);
  });

  test('writes how many items a place holds', () => {
    const t = new TestLog();
    const pool = t.object('worker_pool', 0, 'pool');
    const items = [t.object('work_struct'), t.object('work_struct')];
    for (const item of items) t.at(item * 1000).put(0, item, pool);
    for (const item of items) t.at(10_000 + item * 1000).take(0, item);
    drawBody('clock', t.stop());
    expect(canvas.texts).toEqual(expect.arrayContaining(['1', '2', 'most at once: 2']));
  });

  test('draws no depth where a place is empty, also after many came and went within a pixel', () => {
    const t = new TestLog();
    const pool = t.object('worker_pool', 0, 'pool');
    const items = [t.object('work_struct'), t.object('work_struct')];
    for (const item of items) t.at(1000 + item).put(0, item, pool);
    for (const item of items) t.at(1010 + item).take(0, item);
    t.at(100_000);
    drawBody('clock', t.stop());
    for (const rect of filled(LIGHT.fill[Kind.Waiting])) expect(rect.width).toBeLessThanOrEqual(34); // the tag
    expect(filled(LIGHT.fill[Kind.Waiting]).some((rect) => rect.width === 1)).toBe(true);
  });

  test('shows who holds a lock, with a mark where interrupts are off', () => {
    const t = new TestLog();
    const [lock, task] = [t.object('spinlock_t', 0, 'i_pages data'), t.task('fio')];
    t.object('folio');
    t.switchTo(0, task);
    for (const [at, irqs] of [
      [1000, 'on'],
      [5000, 'off'],
    ] as const) {
      t.at(at).lock(0, lock, irqs);
      t.at(at + 2000).unlock(0, lock);
    }
    t.at(9000);
    drawBody('clock', t.stop());
    expect(canvas.texts).toContain('i_pages data');
    expect(canvas.texts.filter((text) => text === 'fio').length).toBeGreaterThan(2); // presence and both holds
    expect(filled(LIGHT.ink).filter(({ height }) => height === 3)).toHaveLength(1);
  });

  test('writes the numbers of the jiffies where they have room', () => {
    const jiffies = [10_000, 11_000, 60_000].map((place, i) => ({ place, label: `jiffy ${i + 1}` }));
    drawBody('clock', small.log, jiffies);
    expect(canvas.texts.filter((text) => text.startsWith('jiffy'))).toEqual(['jiffy 1', 'jiffy 3']);
  });

  test('says that a CPU only idles', () => {
    drawBody('folded');
    expect(canvas.texts.filter((text) => text === 'idle').length).toBeGreaterThan(0);
  });
});

describe('the head', () => {
  test('labels the ruler and prints the length of what is folded', () => {
    const s = scene('folded');
    drawHead({ ...s, density: densityOf(s.model, 852), overview: new Overview(NO_CANVAS), hides: false });
    expect(canvas.texts).toContain('80\u00a0µs');
    expect(canvas.texts).toContain('clock, gaps folded');
    expect(canvas.texts.filter((text) => text.endsWith('µs')).length).toBeGreaterThan(3);
  });

  test('shows each context of the run in the overview', () => {
    const s = scene('folded');
    drawHead({ ...s, density: densityOf(s.model, 852), overview: new Overview(NO_CANVAS), hides: false });
    for (const kind of [Kind.HardIrq, Kind.Worker, Kind.Task, Kind.User])
      expect(filled(LIGHT.fill[kind]).length).toBeGreaterThan(0);
  });
});

describe('the overlay', () => {
  test('draws the cursor where the run stands', () => {
    const s = scene('clock', { cursor: row(small.irq) });
    drawOverlay(s);
    const x = s.view.x(83_000);
    expect(filled(LIGHT.cursor).some((rect) => Math.abs(rect.x - x) <= 1)).toBe(true);
  });

  test('writes the length of the range', () => {
    drawOverlay(scene('clock', { range: { t0_ns: 10_000, t1_ns: 35_500 } }));
    expect(canvas.texts).toContain('25.5\u00a0µs');
  });

  test('draws the arrows that are wanted', () => {
    const flows = [{ from: small.irq as Row, to: small.takeFromPool as Row }];
    drawOverlay(scene('clock', { flows, io: small.io as ObjectId }));
    expect(canvas.curves).toBe(2 * 4); // halo and line for both ends of both stays
  });

  test('draws nothing where nothing is chosen', () => {
    drawOverlay(scene('clock'));
    expect(canvas.rects).toEqual([]);
  });
});

describe('a text in its room', () => {
  const fit = new FitText((text) => text.length * 6);
  test('is whole, shortened, or left out', () => {
    expect(fit.fit('bio_endio', 60)).toBe('bio_endio');
    expect(fit.fit('iomap_dio_complete_work', 60)).toBe('iomap_dio…');
    expect(fit.fit('iomap_dio_complete_work', 20)).toBe('');
    expect(fit.fit('x', 5)).toBe('');
  });
});
