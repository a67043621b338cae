import { type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { useApp, useVerbs } from '../page.tsx';

const LOW_PX = 80;
const STEP_PX = 24;

/** The most that leaves the timeline enough to be one. */
const high_px = (): number => Math.max(LOW_PX, innerHeight - 380);

/** The edge between timeline and lists: dragged, or moved with Up and Down; a double-click restores it. */
export function Splitter(): ReactNode {
  const height = useApp((s) => s.settings.drawer_px);
  const { changeSettings } = useVerbs();
  const resize = (px: number | null): void =>
    changeSettings({ drawer_px: px === null ? null : Math.round(Math.min(high_px(), Math.max(LOW_PX, px))) });
  const heightOf = (element: Element): number =>
    element.nextElementSibling?.getBoundingClientRect().height ?? LOW_PX;
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const element = event.currentTarget;
    if (!element.hasPointerCapture(event.pointerId)) return;
    const bottom = element.nextElementSibling?.getBoundingClientRect().bottom ?? innerHeight;
    resize(bottom - event.clientY);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = { ArrowUp: STEP_PX, ArrowDown: -STEP_PX }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    resize(heightOf(event.currentTarget) + by);
  };
  return (
    <div
      className="splitter wide-only"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the lists"
      aria-valuenow={height ?? LOW_PX}
      aria-valuemin={LOW_PX}
      aria-valuemax={high_px()}
      aria-valuetext={height === null ? 'as usual' : `${height} pixels`}
      tabIndex={0}
      data-arrows="vertical"
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onDoubleClick={() => resize(null)}
      onKeyDown={onKeyDown}
    />
  );
}

/** The height of the lists as a custom property, for the element that is to have it. */
export function useDrawerStyle(): CSSProperties {
  const height = useApp((s) => s.settings.drawer_px);
  return height === null ? {} : ({ '--drawer-height': `${height}px` } as CSSProperties); // a custom property is not typed
}
