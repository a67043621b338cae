import type { ReactNode } from 'react';
import { type Finding, SEVERITIES, type Severity } from '../../analysis/monitor.ts';
import { MONITORS } from '../../analysis/monitors.ts';
import type { Row } from '../../base/units.ts';
import { selectFindings } from '../../state/selectors.ts';
import { ICONS } from '../drawer/findings.tsx';
import { severityWord } from '../findings-text.ts';
import { useApp } from '../page.tsx';
import { Part } from './part.tsx';

const gravest = (findings: readonly Finding[]): Severity =>
  SEVERITIES.find((severity) => findings.some((f) => f.severity === severity)) ?? 'info';

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** What the monitors have to say of an event: what is wrong with it, the rule that it breaks, and where that is from. */
export function Hazards({ row }: { readonly row: Row }): ReactNode {
  const findings = useApp(selectFindings);
  const here = findings.filter((f) => f.row === row);
  if (here.length === 0) return null;
  return (
    <Part title={capital(severityWord(gravest(here)))}>
      <ul className="hazards">
        {here.map((finding) => {
          const Icon = ICONS[finding.severity];
          const monitor = MONITORS.find((m) => m.id === finding.monitor);
          return (
            <li key={finding.monitor} className={`finding-${finding.severity}`}>
              <p>
                <Icon aria-hidden size={15} />{' '}
                <span className="finding-severity">{severityWord(finding.severity)}</span>: {finding.message}.
              </p>
              <p className="muted">
                The rule: {monitor?.title ?? finding.monitor}. <cite>{monitor?.source}</cite>
              </p>
            </li>
          );
        })}
      </ul>
    </Part>
  );
}
