import { useEffect, useState, type ReactNode } from 'react';
import { focusOf } from './commands/keyboard.ts';
import { usePage } from './page.tsx';
import { openFile } from './page-verbs.ts';

/** Takes fio jobs, scenarios and links that are dropped on the page or pasted outside of a text field. */
export function DropZone(): ReactNode {
  const { store } = usePage();
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const take = (data: DataTransfer | null, from: string): boolean => {
      const file = data?.files[0];
      const text = data?.getData('text/plain') ?? '';
      if (file !== undefined) void openFile(store, file);
      else if (text.trim() !== '') store.getState().openText(text, from);
      else return false;
      return true;
    };
    const onDragOver = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(true);
    };
    const onDragLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(false);
      take(event.dataTransfer, 'what was dropped');
    };
    const onPaste = (event: ClipboardEvent): void => {
      const focus = focusOf(event.target);
      if (!focus.typing && !focus.dialog && take(event.clipboardData, 'the clipboard'))
        event.preventDefault();
    };
    document.addEventListener('dragover', onDragOver);
    document.addEventListener('dragleave', onDragLeave);
    document.addEventListener('drop', onDrop);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('dragover', onDragOver);
      document.removeEventListener('dragleave', onDragLeave);
      document.removeEventListener('drop', onDrop);
      document.removeEventListener('paste', onPaste);
    };
  }, [store]);
  return (
    <div className="drop-zone" hidden={!isOver}>
      <p>
        Drop a fio job file or a scenario.
        <br />
        <span className="muted">Nothing is uploaded: it stays in this browser.</span>
      </p>
    </div>
  );
}
