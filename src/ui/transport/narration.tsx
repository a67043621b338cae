import type { ReactNode } from 'react';
import { NO_ROW } from '../../base/units.ts';
import { eventText } from '../event-text.ts';
import { useApp } from '../page.tsx';

/** The event at the cursor in plain English: what, and why. Spoken by screen readers, but not while the run plays. */
export function Narration(): ReactNode {
  const recording = useApp((s) => s.recording);
  const cursor = useApp((s) => s.cursor);
  const rows = useApp((s) => s.rows);
  const playing = useApp((s) => s.playing);
  const isThere = recording !== null && cursor !== NO_ROW && cursor < rows;
  return (
    <div className="narration" aria-live={playing ? 'off' : 'polite'} aria-atomic>
      <p className="narration-what">{isThere ? eventText(recording.log, cursor) : ' '}</p>
      <p className="narration-why"> </p>
    </div>
  );
}
