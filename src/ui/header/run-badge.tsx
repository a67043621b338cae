import { CircleCheck, CircleX, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { useApp, useVerbs } from '../page.tsx';
import { useSlowRun } from '../use-slow-run.ts';
import { count } from '../format.ts';

/** How the run goes, in a word or two. */
export function RunBadge(): ReactNode {
  const status = useApp((s) => s.runStatus);
  const rows = useApp((s) => s.rows);
  const progress = useApp((s) => s.progress);
  const { cancelRun } = useVerbs();
  const slow = useSlowRun();
  if (slow)
    return (
      <span className="badge" role="status">
        <LoaderCircle aria-hidden size={14} className="spin" />
        {progress.rows > 0 ? `${count(progress.rows)} events` : 'running'}
        <button type="button" className="button-link button" onClick={cancelRun}>
          Cancel
        </button>
      </span>
    );
  if (status === 'failed')
    return (
      <span className="badge badge-error" role="status">
        <CircleX aria-hidden size={14} /> failed
      </span>
    );
  if (status === 'cancelled')
    return (
      <span className="badge badge-warning" role="status">
        cancelled at {count(rows)} events
      </span>
    );
  return (
    <span className="badge header-label" role="status">
      <CircleCheck aria-hidden size={14} /> {count(rows)} events
    </span>
  );
}
