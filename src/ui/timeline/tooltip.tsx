import type { ReactNode } from 'react';
import type { Hover } from '../../timeline/types.ts';
import { duration } from '../format.ts';

/** What is under the pointer. A preview only: a click or the keyboard shows the same in the inspector. */
export function Tooltip({ hover }: { readonly hover: Hover | null }): ReactNode {
  if (hover?.hit === null || hover === null) return null;
  const { hit } = hover;
  return (
    <div
      className="tooltip"
      aria-hidden
      style={{ left: hover.x, top: hover.y }}
      data-flip={hover.x > 420 || undefined}
    >
      <span>{hit.text}</span>
      <span className="muted">{duration(hit.t1_ns - hit.t0_ns)}</span>
    </div>
  );
}
