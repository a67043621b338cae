import { useEffect, useRef, type ReactNode } from 'react';
import type { PublishedDialog } from '../../state/view.ts';
import { CallerComp } from './caller-comp.tsx';
import { Delay } from './delay.tsx';
import { Throughput } from './throughput.tsx';

const PANELS: Readonly<Record<PublishedDialog, () => ReactNode>> = {
  experiment: CallerComp,
  delay: Delay,
  throughput: Throughput,
};

/** What a tab of the published figures shows; loaded when it is first wanted. */
export default function Panels({ shown }: { readonly shown: PublishedDialog }): ReactNode {
  const Panel = PANELS[shown];
  const place = useRef<HTMLDivElement>(null);
  // The dialog was open before this had come, so it could not set the focus here.
  useEffect(() => {
    if (document.activeElement?.getAttribute('role') === 'tab') return;
    place.current?.querySelector<HTMLElement>('[data-first]')?.focus();
  }, []);
  return (
    <div ref={place}>
      <Panel />
    </div>
  );
}
