/**
 * Mouse, pen, touch and wheel as a state machine without a document: it takes plain events and calls verbs of a target.
 * What is where (ruler, overview, an edge that can be dragged) is asked of the target too.
 */

/** A point within the host, and what matters of the event. */
export type Pointer = {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly type: 'mouse' | 'touch' | 'pen';
  readonly button: number;
  readonly shift: boolean;
  readonly alt: boolean;
};

export type Wheel = {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly shift: boolean;
  /** Ctrl or Cmd; browsers send a pinch on the trackpad as a wheel with Ctrl. */
  readonly mod: boolean;
};

/** What a press can land on. */
export type Zone =
  | 'window' /* the visible part in the overview */
  | 'window-start'
  | 'window-end'
  | 'overview'
  | 'cursor'
  | 'range-start'
  | 'range-end'
  | 'ruler'
  | 'gutter'
  | 'tracks';

export interface GestureTarget {
  zoneAt(x: number, y: number, touch: boolean): Zone;
  /** Zooms so that the place under `x` stays. */
  zoomAt(x: number, factor: number): void;
  panPixels(dx: number): void;
  /** Drags the visible window through the overview, or one of its edges. */
  panOverview(dx: number): void;
  resizeWindow(edge: 'start' | 'end', x: number): void;
  /** Centres the window on a point of the overview. */
  jumpTo(x: number): void;
  /** Draws a range between two x, the second of which follows the pointer. */
  drawRange(fromX: number, toX: number, alt: boolean, y: number): void;
  resizeRange(edge: 'start' | 'end', x: number, alt: boolean, y: number): void;
  moveCursor(x: number, y: number): void;
  click(x: number, y: number, touch: boolean): void;
  clickGutter(y: number): void;
  doubleClick(x: number, y: number, zone: Zone): void;
  hover(x: number, y: number, zone: Zone): void;
  scrollBy(dy: number): void;
  /** A gesture ended: what it moved is final. */
  settle(): void;
}

/** Below this a press is a click, in CSS pixels. */
const DRAG_PX = 4;
/** A trackpad's pinch and a mouse wheel's notch both feel right with this. */
const ZOOM_PER_PX = 0.0035;

type Drag = { readonly zone: Zone | 'pan'; readonly start: Pointer; last: Pointer; moved: boolean };

export class Gestures {
  wheelZooms = false;
  private readonly target: GestureTarget;
  private readonly touches = new Map<number, Pointer>();
  private drag: Drag | null = null;

  constructor(target: GestureTarget) {
    this.target = target;
  }

  /** True if the press starts something, so that the pointer is to be captured. */
  down(p: Pointer): boolean {
    if (p.type === 'touch') {
      this.touches.set(p.id, p);
      if (this.touches.size > 1) {
        this.startPinch();
        return true;
      }
    }
    const zone = this.target.zoneAt(p.x, p.y, p.type === 'touch');
    const pans = p.button === 1 || (p.button === 0 && p.shift && zone === 'tracks');
    if (p.button !== 0 && !pans) return false;
    const finger = p.type === 'touch' && zone === 'tracks';
    this.drag = { zone: pans || finger ? 'pan' : zone, start: p, last: p, moved: false };
    return true;
  }

  move(p: Pointer): void {
    const { drag } = this;
    if (p.type === 'touch' && this.touches.size > 1) {
      this.pinch(p);
      return;
    }
    if (drag === null) {
      if (p.type !== 'touch') this.target.hover(p.x, p.y, this.target.zoneAt(p.x, p.y, false));
      return;
    }
    if (!drag.moved && Math.hypot(p.x - drag.start.x, p.y - drag.start.y) < DRAG_PX) return;
    if (!drag.moved && drag.zone === 'overview') this.target.jumpTo(drag.start.x);
    drag.moved = true;
    this.dragTo(drag, p);
    drag.last = p;
  }

  up(p: Pointer): void {
    const pinched = this.touches.size > 1;
    this.touches.delete(p.id);
    const { drag } = this;
    this.drag = null;
    if (pinched || drag?.moved === true) this.target.settle();
    else if (drag === null) return;
    else if (p.button !== 1) this.clicked(drag, p);
  }

  /** The system took the pointer away, for instance to scroll. */
  cancel(id: number): void {
    this.touches.delete(id);
    if (this.drag?.moved === true) this.target.settle();
    this.drag = null;
  }

  doubleClick(x: number, y: number): void {
    this.target.doubleClick(x, y, this.target.zoneAt(x, y, false));
  }

  /** True if the wheel did something here, so that the page must not scroll or zoom. */
  wheel(w: Wheel): boolean {
    const sideways = Math.abs(w.dx) > Math.abs(w.dy);
    if (w.mod || (this.wheelZooms && !w.shift && !sideways)) {
      this.target.zoomAt(w.x, Math.exp(Math.max(-150, Math.min(150, w.dy)) * ZOOM_PER_PX));
      return true;
    }
    if (sideways || (w.shift && !this.wheelZooms)) {
      this.target.panPixels(-(sideways ? w.dx : w.dy));
      return true;
    }
    if (!w.shift) return false; // the scroller does it, and hands on to the page at its ends
    this.target.scrollBy(w.dy);
    return true;
  }

  /** Is something being dragged? Then hovering says nothing. */
  get busy(): boolean {
    return this.drag !== null || this.touches.size > 1;
  }

  private dragTo(drag: Drag, p: Pointer): void {
    const t = this.target;
    const dx = p.x - drag.last.x;
    switch (drag.zone) {
      case 'pan':
        t.panPixels(dx);
        break;
      case 'window':
      case 'overview':
        t.panOverview(dx);
        break;
      case 'window-start':
        t.resizeWindow('start', p.x);
        break;
      case 'window-end':
        t.resizeWindow('end', p.x);
        break;
      case 'cursor':
        t.moveCursor(p.x, p.y);
        break;
      case 'range-start':
        t.resizeRange('start', p.x, p.alt, p.y);
        break;
      case 'range-end':
        t.resizeRange('end', p.x, p.alt, p.y);
        break;
      case 'ruler':
      case 'tracks':
        t.drawRange(drag.start.x, p.x, p.alt, p.y);
        break;
      case 'gutter':
        break;
    }
  }

  private clicked(drag: Drag, p: Pointer): void {
    const t = this.target;
    switch (drag.zone) {
      case 'overview':
        t.jumpTo(p.x);
        t.settle();
        break;
      case 'ruler':
        t.moveCursor(p.x, p.y);
        break;
      case 'gutter':
        t.clickGutter(p.y);
        break;
      case 'tracks':
      case 'pan':
      case 'range-start':
      case 'range-end':
        t.click(p.x, p.y, p.type === 'touch');
        break;
      case 'window':
      case 'window-start':
      case 'window-end':
      case 'cursor':
        break;
    }
  }

  private startPinch(): void {
    if (this.drag?.moved === true) this.target.settle();
    this.drag = null;
  }

  /** Two fingers: their distance zooms, their middle pans. */
  private pinch(p: Pointer): void {
    const before = [...this.touches.values()].slice(0, 2);
    this.touches.set(p.id, p);
    const after = [...this.touches.values()].slice(0, 2);
    const [b0, b1, a0, a1] = [before[0], before[1], after[0], after[1]];
    if (b0 === undefined || b1 === undefined || a0 === undefined || a1 === undefined) return;
    const spread = (u: Pointer, v: Pointer): number => Math.max(10, Math.hypot(u.x - v.x, u.y - v.y));
    const middle = (a0.x + a1.x) / 2;
    this.target.panPixels(middle - (b0.x + b1.x) / 2);
    this.target.zoomAt(middle, spread(b0, b1) / spread(a0, a1));
  }
}
