import { Check, Copy } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { copyLink, type CopyKind, linkSize, linkUrl } from '../../state/sharing.ts';
import { Fingerprint } from '../fingerprint.tsx';
import { count } from '../format.ts';
import { useApp, usePage, useVerbs } from '../page.tsx';
import { Dialog } from './dialog.tsx';

/** The link to what is on screen. */
export function ShareDialog(): ReactNode {
  return (
    <Dialog names={['share']} title="Share what you see" className="share">
      <Share />
    </Dialog>
  );
}

const KINDS: readonly { readonly kind: CopyKind; readonly label: string }[] = [
  { kind: 'link', label: 'Copy the link' },
  { kind: 'markdown', label: 'Copy as Markdown' },
  { kind: 'footnote', label: 'Copy as a mail footnote' },
];

function Share(): ReactNode {
  const { currentLink } = usePage();
  const title = useApp((s) => s.linkTitle);
  const own = useApp((s) => s.version.scenario.title);
  const { setLinkTitle, say } = useVerbs();
  const [fragment, setFragment] = useState<string | null>(null);
  const [copied, setCopied] = useState<CopyKind | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void currentLink().then((text) => isCurrent && setFragment(text));
    return () => {
      isCurrent = false;
    };
  }, [currentLink, title]);
  const url = fragment === null ? '' : linkUrl(location.href, fragment);
  const size = linkSize(url);
  const copy = async (kind: CopyKind): Promise<void> => {
    try {
      const current = linkUrl(location.href, await currentLink());
      await navigator.clipboard.writeText(copyLink(current, title === '' ? own : title, kind));
      setCopied(kind);
    } catch {
      say('copy', 'warning', 'This browser does not let the page copy. Select the address and press Ctrl+C.');
    }
  };
  return (
    <>
      <p>
        The link holds everything: the scenario with its changes, the kernel and its switches, and where you
        look. No server has it; nothing leaves this browser until you send it.
      </p>
      <label className="share-title">
        <span>Name it</span>
        <input
          type="text"
          value={title}
          placeholder={own}
          maxLength={120}
          onChange={(event) => setLinkTitle(event.target.value)}
        />
      </label>
      <label className="share-link">
        <span>Link {fragment === null ? '' : <>({count(url.length)} characters)</>}</span>
        <textarea className="mono" readOnly rows={4} value={url} onFocus={(event) => event.target.select()} />
      </label>
      {size.level !== 'ok' && <p className="share-warning">The link {size.message}.</p>}
      <Contents />
      <p className="share-fingerprint muted">
        Who opens it sees the same run: <Fingerprint />
      </p>
      <div className="dialog-actions">
        {KINDS.map(({ kind, label }) => (
          <button
            key={kind}
            type="button"
            data-first={kind === 'link' || undefined}
            className={`button ${kind === 'link' ? 'button-main' : 'button-edged'}`}
            onClick={() => void copy(kind)}
          >
            {copied === kind ? <Check aria-hidden size={15} /> : <Copy aria-hidden size={15} />}
            {label}
          </button>
        ))}
      </div>
      <p role="status" className="share-copied">
        {copied === null ? '' : 'Copied.'}
      </p>
    </>
  );
}

/** What is in the link, item by item. */
function Contents(): ReactNode {
  const hasSelection = useApp((s) => s.selection !== null);
  const hasIo = useApp((s) => s.io !== null);
  const hasRange = useApp((s) => s.range !== null);
  const hasWindow = useApp((s) => s.window !== null);
  const hasSearch = useApp((s) => s.search !== '');
  const items = [
    'scenario',
    'cursor',
    ...(hasSelection ? ['selection'] : []),
    ...(hasIo ? ['followed I/O'] : []),
    ...(hasRange ? ['range'] : []),
    ...(hasWindow ? ['zoom'] : []),
    ...(hasSearch ? ['search'] : []),
    'time axis',
    'open panels',
  ];
  return <p className="muted">In the link: {items.join(', ')}. Not in it: theme and settings.</p>;
}
