import type { ReactNode } from 'react';
import { narrate } from '../../analysis/narrate.ts';
import { NO_ROW } from '../../base/units.ts';
import { useApp } from '../page.tsx';
import { WhereAmI } from './where.tsx';

/** The event at the cursor in plain English: what, and why. Spoken by screen readers, but not while the run plays. */
export function Narration(): ReactNode {
  const recording = useApp((s) => s.recording);
  const cursor = useApp((s) => s.cursor);
  const rows = useApp((s) => s.rows);
  const playing = useApp((s) => s.playing);
  const isThere = recording !== null && cursor !== NO_ROW && cursor < rows;
  const { text, why } = isThere ? narrate(recording.log, cursor) : rows > 0 ? NOT_YET : NOTHING;
  return (
    <div className="narration">
      <div className="narration-text" aria-live={playing ? 'off' : 'polite'} aria-atomic>
        <p className="narration-what">{text}</p>
        <p className="narration-why" title={why}>
          {why}
        </p>
      </div>
      <WhereAmI />
    </div>
  );
}

/** The cursor waits for a run that is still on its way to it. */
const NOT_YET = {
  text: 'The run has not come this far yet.',
  why: 'What happens at the cursor is told as soon as it has happened.',
};
const NOTHING = {
  text: 'Nothing has happened yet.',
  why: 'Choose a scenario, or wait for the run to begin.',
};
