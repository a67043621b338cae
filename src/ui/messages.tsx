import { CircleX, Info, TriangleAlert, X } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import type { Message } from '../state/messages.ts';
import { useApp, useVerbs } from './page.tsx';

const ICONS = { info: Info, warning: TriangleAlert, error: CircleX } as const;
/** Long enough to read twice; warnings and errors stay until they are closed. */
const INFO_MS = 6000;

/** What the page has to tell, in a corner. */
export function Messages(): ReactNode {
  const messages = useApp((s) => s.messages);
  return (
    <div className="messages" role="region" aria-label="Messages" aria-live="polite">
      {messages.map((message) => (
        <Toast key={message.id} message={message} />
      ))}
    </div>
  );
}

function Toast({ message }: { readonly message: Message }): ReactNode {
  const { id, severity, text, details } = message;
  const { closeMessage } = useVerbs();
  useEffect(() => {
    if (severity !== 'info') return;
    const timer = setTimeout(() => closeMessage(id), INFO_MS);
    return () => clearTimeout(timer);
  }, [id, severity, closeMessage]);
  const Icon = ICONS[severity];
  return (
    <div className={`message message-${severity}`} role={severity === 'error' ? 'alert' : undefined}>
      <Icon aria-hidden size={18} />
      <div className="message-text">
        <p>{text}</p>
        {details.length > 0 && (
          <ul>
            {details.map((detail) => (
              <li key={detail}>{detail}</li>
            ))}
          </ul>
        )}
      </div>
      <button
        type="button"
        className="button button-icon"
        aria-label="Close the message"
        onClick={() => closeMessage(id)}
      >
        <X aria-hidden size={15} />
      </button>
    </div>
  );
}
