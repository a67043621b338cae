import { useEffect, useState } from 'react';
import { useApp } from './page.tsx';

/** Most runs are over sooner; what would appear and vanish again only makes the page jump. */
const SLOW_MS = 300;

/** Whether a run has been under way for longer than an eye can follow. */
export function useSlowRun(): boolean {
  const running = useApp((s) => s.runStatus === 'running');
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!running) return;
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [running]);
  return running && slow;
}
