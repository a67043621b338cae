import { Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { fingerprintText } from '../state/run-host.ts';
import { selectFinished } from '../state/selectors.ts';
import { useApp, useVerbs } from './page.tsx';

/** Model, scenario, seed and log in one token: who has the same has seen the same run. */
export function Fingerprint(): ReactNode {
  const text = useApp((s) => {
    const summary = selectFinished(s)?.summary;
    return summary === undefined ? null : fingerprintText(summary.fingerprint);
  });
  const { say } = useVerbs();
  if (text === null) return null;
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      say('copy', 'info', 'The fingerprint is copied.');
    } catch {
      say('copy', 'warning', `This browser does not let the page copy. The fingerprint is ${text}`);
    }
  };
  return (
    <button
      type="button"
      className="button fingerprint"
      title={`Fingerprint of this run (model-scenario-seed-log): ${text}. Click to copy.`}
      aria-label={`Fingerprint ${text}. Copy it`}
      onClick={() => void copy()}
    >
      <code>{text}</code>
      <Copy aria-hidden size={13} />
    </button>
  );
}
