import type { ReactNode } from 'react';
import { NO_ROW } from '../../base/units.ts';
import { contextFlags, contextWords } from '../../log/context.ts';
import { NO_CPU } from '../../log/events.ts';
import { count, instant } from '../format.ts';
import { useApp } from '../page.tsx';

/** Row n of N, time, CPU, and the context in ftrace's notation. */
export function WhereAmI(): ReactNode {
  const recording = useApp((s) => s.recording);
  const rows = useApp((s) => s.rows);
  const cursor = useApp((s) => s.cursor);
  if (recording === null || cursor === NO_ROW || cursor >= rows) return null;
  const { log } = recording;
  const cpu = log.cpu(cursor);
  const context = log.context(cursor);
  return (
    <span className="where">
      <span>
        row <strong>{count(cursor)}</strong> of {count(rows - 1)}
      </span>
      <span>{instant(log.time(cursor))}</span>
      <span>{cpu === NO_CPU ? 'no CPU' : `CPU ${cpu}`}</span>
      {cpu !== NO_CPU && (
        <code title={contextWords(context)} aria-label={contextWords(context)} role="img">
          {contextFlags(context)}
        </code>
      )}
    </span>
  );
}
