import { CircleX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { selectFindings } from '../../state/selectors.ts';
import { findingsCount } from '../findings-text.ts';
import { useApp, useVerbs } from '../page.tsx';

/** How many rules the run broke, if any; leads to the list. */
export function FindingsBadge(): ReactNode {
  const findings = useApp(selectFindings);
  const { showTab } = useVerbs();
  const errors = findings.filter((f) => f.severity === 'error').length;
  const warnings = findings.filter((f) => f.severity === 'warning').length;
  if (errors + warnings === 0) return null;
  const text = findingsCount(findings.filter((f) => f.severity !== 'info'));
  const Icon = errors > 0 ? CircleX : TriangleAlert;
  return (
    <button
      type="button"
      className={`button badge ${errors > 0 ? 'badge-error' : 'badge-warning'}`}
      title="Show the findings"
      onClick={() => showTab('findings')}
    >
      <Icon aria-hidden size={14} /> {text}
    </button>
  );
}
