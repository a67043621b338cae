import { beforeEach, describe, expect, test } from 'vitest';
import { Gestures, type GestureTarget, type Pointer, type Wheel, type Zone } from './gestures.ts';

/** Writes down what it is asked to do. */
class Recorder implements GestureTarget {
  said: string[] = [];
  zone: Zone = 'tracks';
  zoneAt(): Zone {
    return this.zone;
  }
  zoomAt(x: number, factor: number): void {
    this.said.push(`zoom ${x} ${factor < 1 ? 'in' : 'out'}`);
  }
  panPixels(dx: number): void {
    this.said.push(`pan ${dx}`);
  }
  panOverview(dx: number): void {
    this.said.push(`pan-overview ${dx}`);
  }
  resizeWindow(edge: 'start' | 'end', x: number): void {
    this.said.push(`resize-window ${edge} ${x}`);
  }
  jumpTo(x: number): void {
    this.said.push(`jump ${x}`);
  }
  drawRange(from: number, to: number, alt: boolean): void {
    this.said.push(`range ${from} ${to}${alt ? ' free' : ''}`);
  }
  resizeRange(edge: 'start' | 'end', x: number, alt: boolean): void {
    this.said.push(`resize-range ${edge} ${x}${alt ? ' free' : ''}`);
  }
  moveCursor(x: number): void {
    this.said.push(`cursor ${x}`);
  }
  click(x: number): void {
    this.said.push(`click ${x}`);
  }
  clickGutter(y: number): void {
    this.said.push(`gutter ${y}`);
  }
  doubleClick(x: number, _y: number, zone: Zone): void {
    this.said.push(`double ${x} ${zone}`);
  }
  hover(x: number): void {
    this.said.push(`hover ${x}`);
  }
  scrollBy(dy: number): void {
    this.said.push(`scroll ${dy}`);
  }
  settle(): void {
    this.said.push('settle');
  }
}

let target: Recorder;
let gestures: Gestures;
beforeEach(() => {
  target = new Recorder();
  gestures = new Gestures(target);
});

const MOUSE: Pointer = { id: 1, x: 100, y: 50, type: 'mouse', button: 0, shift: false, alt: false };
const WHEEL: Wheel = { x: 100, y: 50, dx: 0, dy: 0, shift: false, mod: false };

function drag(zone: Zone, change: Partial<Pointer> = {}, ...xs: number[]): string[] {
  target.zone = zone;
  const start = { ...MOUSE, ...change };
  gestures.down(start);
  for (const x of xs) gestures.move({ ...start, x });
  gestures.up({ ...start, x: xs.at(-1) ?? start.x });
  return target.said;
}

describe('the mouse', () => {
  test('selects with a click, and a tremble is still a click', () => {
    expect(drag('tracks', {}, 102)).toEqual(['click 102']);
  });
  test('draws a range with a drag over tracks or ruler', () => {
    expect(drag('tracks', {}, 110, 130)).toEqual(['range 100 110', 'range 100 130', 'settle']);
    target.said = [];
    expect(drag('ruler', { alt: true }, 130)).toEqual(['range 100 130 free', 'settle']);
  });
  test('pans with Shift and a drag, or with the middle button', () => {
    expect(drag('tracks', { shift: true }, 110, 130)).toEqual(['pan 10', 'pan 20', 'settle']);
    target.said = [];
    expect(drag('tracks', { button: 1 }, 90)).toEqual(['pan -10', 'settle']);
  });
  test('moves the cursor with a click on the ruler or a drag of its handle', () => {
    expect(drag('ruler')).toEqual(['cursor 100']);
    target.said = [];
    expect(drag('cursor', {}, 120)).toEqual(['cursor 120', 'settle']);
  });
  test("drags a range's edges, and clicks through them", () => {
    expect(drag('range-end', {}, 150)).toEqual(['resize-range end 150', 'settle']);
    target.said = [];
    expect(drag('range-start')).toEqual(['click 100']);
  });
  test('jumps, drags and resizes in the overview', () => {
    expect(drag('overview')).toEqual(['jump 100', 'settle']);
    target.said = [];
    expect(drag('overview', {}, 120)).toEqual(['jump 100', 'pan-overview 20', 'settle']);
    target.said = [];
    expect(drag('window', {}, 120)).toEqual(['pan-overview 20', 'settle']);
    target.said = [];
    expect(drag('window-start', {}, 80)).toEqual(['resize-window start 80', 'settle']);
  });
  test('opens and closes groups in the gutter', () => {
    expect(drag('gutter')).toEqual(['gutter 50']);
  });
  test('leaves the right button to the menu', () => {
    expect(gestures.down({ ...MOUSE, button: 2 })).toBe(false);
  });
  test('hovers only while nothing is dragged', () => {
    gestures.move(MOUSE);
    expect(target.said).toEqual(['hover 100']);
    gestures.down(MOUSE);
    expect(gestures.busy).toBe(true);
  });
  test('says what was double-clicked', () => {
    target.zone = 'ruler';
    gestures.doubleClick(7, 1);
    expect(target.said).toEqual(['double 7 ruler']);
  });
});

describe('the wheel', () => {
  const wheel = (change: Partial<Wheel>): readonly [taken: boolean, said: string | undefined] => {
    target.said = [];
    const taken = gestures.wheel({ ...WHEEL, ...change });
    return [taken, target.said[0]];
  };

  test('is left to the page unless a key or a setting says otherwise', () => {
    expect(wheel({ dy: 50 })).toEqual([false, undefined]);
  });
  test('zooms at the pointer with Ctrl or Cmd, as a pinch on the trackpad does', () => {
    expect(wheel({ dy: -50, mod: true })).toEqual([true, 'zoom 100 in']);
    expect(wheel({ dy: 50, mod: true })).toEqual([true, 'zoom 100 out']);
  });
  test('pans with Shift, or when swept sideways', () => {
    expect(wheel({ dy: 50, shift: true })).toEqual([true, 'pan -50']);
    expect(wheel({ dx: -30, dy: 4 })).toEqual([true, 'pan 30']);
  });
  test('zooms by itself if the reader wants that, and scrolls with Shift', () => {
    gestures.wheelZooms = true;
    expect(wheel({ dy: -50 })).toEqual([true, 'zoom 100 in']);
    expect(wheel({ dy: 50, shift: true })).toEqual([true, 'scroll 50']);
    expect(wheel({ dx: 30 })).toEqual([true, 'pan -30']);
  });
});

describe('touch', () => {
  const finger = (id: number, x: number): Pointer => ({ ...MOUSE, id, x, type: 'touch' });

  test('pans with one finger moved sideways and selects with a tap', () => {
    gestures.down(finger(1, 100));
    gestures.move(finger(1, 120));
    gestures.up(finger(1, 120));
    gestures.down(finger(2, 60));
    gestures.up(finger(2, 60));
    expect(target.said).toEqual(['pan 20', 'settle', 'click 60']);
  });
  test('zooms and pans with two', () => {
    gestures.down(finger(1, 100));
    gestures.down(finger(2, 200));
    gestures.move(finger(2, 240));
    expect(target.said).toEqual(['pan 20', 'zoom 170 in']);
    gestures.up(finger(2, 240));
    expect(target.said.at(-1)).toBe('settle');
  });
  test('gives way when the browser scrolls', () => {
    gestures.down(finger(1, 100));
    gestures.cancel(1);
    gestures.move(finger(1, 150));
    expect(target.said).toEqual([]);
    expect(gestures.busy).toBe(false);
  });
});
