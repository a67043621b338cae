/** Binds the browser's events to the gestures. The wheel is listened to inside the timeline only. */
import type { Gestures, Pointer } from './gestures.ts';

export type InputElements = {
  readonly host: HTMLElement;
  readonly head: HTMLElement;
  readonly scroller: HTMLElement;
};

export type InputListener = {
  leave(): void;
  /** False if there is no menu of ours. */
  menu(x: number, y: number): boolean;
  scrolled(): void;
};

/** A wheel that counts lines or pages, in pixels. */
const LINE_PX = 16;
const PAGE_PX = 400;

/** Listens until the returned function is called. */
export function listen(elements: InputElements, gestures: Gestures, listener: InputListener): () => void {
  const { host, head, scroller } = elements;
  const stop = new AbortController();
  const { signal } = stop;
  const at = (e: MouseEvent): { x: number; y: number } => {
    const box = host.getBoundingClientRect();
    return { x: e.clientX - box.left - host.clientLeft, y: e.clientY - box.top - host.clientTop };
  };
  const pointer = (e: PointerEvent): Pointer => ({
    ...at(e),
    id: e.pointerId,
    type: e.pointerType === 'touch' || e.pointerType === 'pen' ? e.pointerType : 'mouse',
    button: e.type === 'pointermove' ? 0 : e.button,
    shift: e.shiftKey,
    alt: e.altKey,
  });
  for (const element of [head, scroller]) {
    element.addEventListener(
      'pointerdown',
      (e) => {
        if (isOnScrollBar(element, e) || !gestures.down(pointer(e))) return;
        element.setPointerCapture(e.pointerId);
        host.focus({ preventScroll: true });
      },
      { signal },
    );
    element.addEventListener('mousedown', (e) => e.button === 1 && e.preventDefault(), { signal }); // no autoscroll
    element.addEventListener('pointermove', (e) => gestures.move(pointer(e)), { signal });
    element.addEventListener('pointerup', (e) => gestures.up(pointer(e)), { signal });
    element.addEventListener('pointercancel', (e) => gestures.cancel(e.pointerId), { signal });
    element.addEventListener('pointerleave', () => listener.leave(), { signal });
    element.addEventListener('dblclick', (e) => gestures.doubleClick(at(e).x, at(e).y), { signal });
    element.addEventListener('contextmenu', (e) => menu(e, at(e), listener), { signal });
    element.addEventListener(
      'wheel',
      (e) => {
        const unit = e.deltaMode === 1 ? LINE_PX : e.deltaMode === 2 ? PAGE_PX : 1;
        const { deltaX, deltaY, shiftKey: shift } = e;
        const mod = e.ctrlKey || e.metaKey;
        if (gestures.wheel({ ...at(e), dx: deltaX * unit, dy: deltaY * unit, shift, mod }))
          e.preventDefault();
      },
      { signal, passive: false },
    );
  }
  scroller.addEventListener('scroll', () => listener.scrolled(), { signal });
  return () => stop.abort();
}

/** With Shift the browser's own menu stays within reach. */
function menu(e: MouseEvent, at: { x: number; y: number }, listener: InputListener): void {
  if (!e.shiftKey && listener.menu(at.x, at.y)) e.preventDefault();
}

function isOnScrollBar(element: HTMLElement, e: PointerEvent): boolean {
  return e.clientX - element.getBoundingClientRect().left > element.clientWidth;
}
