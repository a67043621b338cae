import { useEffect, useState, type RefObject } from 'react';
import type { Viewport } from './virtual-rows.ts';

/** What of a scrolled element is on screen, followed as it is scrolled or changes its size. */
export function useViewport(
  scroller: RefObject<HTMLDivElement | null>,
): Viewport & { readonly width_px: number } {
  const [viewport, setViewport] = useState({ scroll_px: 0, height_px: 0, width_px: 0 });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const read = (): void =>
      setViewport({
        scroll_px: element.scrollTop,
        height_px: element.clientHeight,
        width_px: element.clientWidth,
      });
    read();
    element.addEventListener('scroll', read, { passive: true });
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', read);
      observer.disconnect();
    };
  }, [scroller]);
  return viewport;
}
