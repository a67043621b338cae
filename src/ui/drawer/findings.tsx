import { ChevronLeft, ChevronRight, CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Finding, Severity } from '../../analysis/monitor.ts';
import { MONITORS } from '../../analysis/monitors.ts';
import { selectFindings } from '../../state/selectors.ts';
import { CommandButton } from '../command-button.tsx';
import { instant } from '../format.ts';
import { findingsCount, severityWord } from '../findings-text.ts';
import { useApp, useVerbs } from '../page.tsx';

export const ICONS: Readonly<Record<Severity, typeof Info>> = {
  error: CircleX,
  warning: TriangleAlert,
  info: Info,
};

/** What the monitors found broken, worst first, each with a way to its place. */
export function Findings(): ReactNode {
  const findings = useApp(selectFindings);
  const ended = useApp((s) => s.findings !== null);
  if (!ended) return <p className="empty">The monitors read the run when it has ended.</p>;
  if (findings.length === 0) return <NothingFound />;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Findings">
      <div className="findings-tools">
        <p>{findingsCount(findings)}, marked in the timeline.</p>
        <CommandButton id="hazard.previous" icon={ChevronLeft} />
        <CommandButton id="hazard.next" icon={ChevronRight} />
      </div>
      <ul className="findings">
        {findings.map((finding) => (
          <Item key={`${finding.monitor}-${finding.row}`} finding={finding} />
        ))}
      </ul>
    </div>
  );
}

function NothingFound(): ReactNode {
  return (
    <div className="empty">
      <p>
        <CircleCheck aria-hidden size={15} className="good" /> All {MONITORS.length} monitors hold in this
        run:
      </p>
      <ul className="bullets">
        {MONITORS.map((monitor) => (
          <li key={monitor.id}>{monitor.title}.</li>
        ))}
      </ul>
    </div>
  );
}

function Item({ finding }: { readonly finding: Finding }): ReactNode {
  const { moveCursor, select } = useVerbs();
  const isHere = useApp((s) => s.cursor === finding.row);
  const { monitor: id, severity, row, message } = finding;
  const monitor = MONITORS.find((m) => m.id === id);
  const Icon = ICONS[severity];
  return (
    <li className={`finding finding-${severity}`} aria-current={isHere || undefined}>
      <Icon aria-hidden size={16} />
      <div>
        <p>
          <span className="finding-severity">{severityWord(severity)}</span>{' '}
          <span className="muted">at {instant(finding.time_ns)}</span>
        </p>
        <p>
          <button
            type="button"
            className="button button-link"
            onClick={() => {
              moveCursor(row);
              select(row);
            }}
          >
            {message}
          </button>
        </p>
        <p className="muted">
          {monitor?.title ?? id}. <cite>{monitor?.source}</cite>
        </p>
      </div>
    </li>
  );
}
