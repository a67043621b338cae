import type { ReactNode } from 'react';
import { SEVERITIES } from '../../analysis/monitor.ts';
import { selectFindings } from '../../state/selectors.ts';
import { ICONS } from '../drawer/findings.tsx';
import { findingsCount } from '../findings-text.ts';
import { useApp, useVerbs } from '../page.tsx';

const CLASSES = { error: 'badge-error', warning: 'badge-warning', info: '' } as const;

/** What the monitors found, in numbers; leads to the list. */
export function FindingsBadge(): ReactNode {
  const findings = useApp(selectFindings);
  const { showTab } = useVerbs();
  const gravest = SEVERITIES.find((severity) => findings.some((f) => f.severity === severity));
  if (gravest === undefined) return null;
  const Icon = ICONS[gravest];
  return (
    <button
      type="button"
      className={`button badge ${CLASSES[gravest]}`}
      title="Show the findings"
      onClick={() => showTab('findings')}
    >
      <Icon aria-hidden size={14} /> {findingsCount(findings)}
    </button>
  );
}
