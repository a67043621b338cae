import type { Finding, Severity } from '../analysis/monitor.ts';

const WORDS: Readonly<Record<Severity, readonly [one: string, more: string]>> = {
  error: ['hazard', 'hazards'],
  warning: ['warning', 'warnings'],
  info: ['note', 'notes'],
};

/** What a finding of this severity is called. */
export const severityWord = (severity: Severity): string => WORDS[severity][0];

/** "2 hazards, 4 warnings"; '' where nothing was found. */
export function findingsCount(findings: readonly Finding[]): string {
  return (['error', 'warning', 'info'] as const)
    .flatMap((severity) => {
      const n = findings.filter((f) => f.severity === severity).length;
      return n === 0 ? [] : [`${n} ${WORDS[severity][n === 1 ? 0 : 1]}`];
    })
    .join(', ');
}
