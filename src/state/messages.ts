import type { Slice } from './app-state.ts';

/** How grave a message is. Errors stay until they are closed; the others leave by themselves. */
export type Severity = 'info' | 'warning' | 'error';

/** Something to tell, with the details that belong to it, one a line. */
export type Message = {
  readonly id: number;
  readonly severity: Severity;
  readonly text: string;
  readonly details: readonly string[];
};

export type MessagesSlice = {
  readonly messages: readonly Message[];
  /** Shows a message; the same text shown twice is one message. */
  readonly say: (severity: Severity, text: string, details?: readonly string[]) => void;
  readonly closeMessage: (id: number) => void;
};

/** More would cover the page; the oldest goes. */
const AT_MOST = 4;

export const messagesSlice: Slice<MessagesSlice> = () => (set) => {
  let next = 1;
  return {
    messages: [],
    say: (severity, text, details = []) => {
      const message = { id: next++, severity, text, details };
      set((s) => ({ messages: [...s.messages.filter((m) => m.text !== text), message].slice(-AT_MOST) }));
    },
    closeMessage: (id) => set((s) => ({ messages: s.messages.filter((m) => m.id !== id) })),
  };
};
