import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import type { Dialog as DialogName } from '../../state/view.ts';
import { useApp, useVerbs } from '../page.tsx';

type Props = {
  readonly names: readonly DialogName[];
  readonly title: string;
  readonly className?: string;
  readonly children: ReactNode;
};

/** A modal dialog of the page: native, so that focus, Escape and the rest of the page are the browser's work. */
export function Dialog({ names, title, className, children }: Props): ReactNode {
  const isOpen = useApp((s) => s.dialog !== null && names.includes(s.dialog));
  const { closeDialog } = useVerbs();
  // The event comes later than the closing: by then another dialog may be open.
  const onClose = (): void => {
    if (isOpen) closeDialog();
  };
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    if (!isOpen) return element.current?.close();
    element.current?.showModal();
    element.current?.querySelector<HTMLElement>('[data-first]')?.focus();
  }, [isOpen]);
  return (
    <dialog
      ref={element}
      className={`dialog ${className ?? ''}`}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === element.current && closeDialog()}
    >
      {isOpen && (
        <div className="dialog-content">
          <header className="dialog-header">
            <h2 id={titleId}>{title}</h2>
            <button
              type="button"
              className="button button-icon"
              aria-label="Close"
              title="Close (Esc)"
              onClick={closeDialog}
            >
              <X aria-hidden size={16} />
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}
