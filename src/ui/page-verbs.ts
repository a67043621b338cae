import { flushSync } from 'react-dom';
import type { AppStore } from '../state/store.ts';
import type { PageVerbs } from './commands/command.ts';

/** The id of the event list's search field; `/` brings the focus there. */
export const SEARCH_ID = 'event-search';

/** What only the browser can do: files and focus. */
export function makePageVerbs(store: AppStore): PageVerbs {
  return {
    openFile: () => pickFile((file) => void openFile(store, file)),
    saveScenario: () => {
      const { scenario } = store.getState().version;
      download(`${JSON.stringify(scenario, null, 2)}\n`, fileName(scenario.title));
    },
    showView: (view) => {
      flushSync(() => store.getState().showView(view));
      document
        .querySelector<HTMLElement>(
          `[data-region=${view}] :is(.timeline-host [tabindex='0'], .event-scroll), [data-region=${view}]`,
        )
        ?.focus();
    },
    openSearch: () => {
      flushSync(() => store.getState().showTab('events'));
      const field = document.getElementById(SEARCH_ID);
      if (field instanceof HTMLInputElement) {
        field.focus();
        field.select();
      }
    },
  };
}

/** Reads a file and opens whatever it holds. */
export async function openFile(store: AppStore, file: File): Promise<void> {
  const { openText, say } = store.getState();
  if (file.size > MAX_FILE_BYTES) {
    say(
      'input',
      'error',
      `“${file.name}” has ${file.size.toLocaleString('en')} bytes; a job file or scenario has at most ${MAX_FILE_BYTES.toLocaleString('en')}.`,
    );
    return;
  }
  try {
    openText(await file.text(), file.name);
  } catch (error) {
    say(
      'input',
      'error',
      `“${file.name}” could not be read: ${error instanceof Error ? error.message : String(error)}. Try again.`,
    );
  }
}

const MAX_FILE_BYTES = 4_000_000;

function pickFile(take: (file: File) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.fio,.job,.ini,.json,.txt,text/*,application/json';
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file !== undefined) take(file);
  });
  input.click();
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** A file's name from the scenario's title: "an-io-uring-overwrite.bioscope.json". */
function fileName(title: string): string {
  const plain = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-|-$/g, '');
  return `${plain === '' ? 'scenario' : plain}.bioscope.json`;
}
