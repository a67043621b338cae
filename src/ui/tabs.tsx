import { type LucideIcon } from 'lucide-react';
import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';

type Props<T extends string> = {
  readonly ids: readonly T[];
  readonly labels: Readonly<Record<T, string>>;
  readonly icons?: Readonly<Record<T, LucideIcon>>;
  readonly chosen: T;
  readonly onChoose: (id: T) => void;
  /** Id of the panel; none while it is closed. */
  readonly panelId: string | undefined;
  /** Name of the list of tabs. */
  readonly label: string;
  readonly className?: string;
};

/** A list of tabs as ARIA has it: one stop for Tab, arrows, Home and End move between them. */
export function Tabs<T extends string>(props: Props<T>): ReactNode {
  const { ids, labels, icons, chosen, onChoose, panelId, label, className } = props;
  const list = useRef<HTMLDivElement>(null);
  const words = ids.map((id) => labels[id]).join();
  // In a narrow window there are more tabs than fit: the chosen one is to be seen.
  useEffect(() => {
    list.current
      ?.querySelector('[aria-selected="true"]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen, words]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = ids.indexOf(chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    const next = to === undefined ? undefined : ids[(to + ids.length) % ids.length];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div className={className ?? 'tabs'} role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {ids.map((id) => {
        const Icon: LucideIcon | undefined = icons?.[id];
        return (
          <button
            key={id}
            type="button"
            role="tab"
            className="tab"
            data-tab={id}
            aria-selected={id === chosen}
            aria-controls={id === chosen ? panelId : undefined}
            tabIndex={id === chosen ? 0 : -1}
            onClick={() => onChoose(id)}
          >
            {Icon !== undefined && <Icon aria-hidden size={18} />}
            {labels[id]}
          </button>
        );
      })}
    </div>
  );
}
