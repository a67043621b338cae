import { useEffect } from 'react';
import { commandFor, focusOf } from './commands/keyboard.ts';
import { COMMANDS } from './commands/registry.ts';
import { runCommand, usePage } from './page.tsx';

/** One listener for the whole page. What an element in focus needs itself, it keeps. */
export function useKeyboard(): void {
  const page = usePage();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const { settings } = page.store.getState();
      const command = commandFor(COMMANDS, event, focusOf(event.target), settings.letterKeys);
      if (command === null) return;
      event.preventDefault();
      runCommand(page, command);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [page]);
}
