import type { Slice } from './app-state.ts';
import type { MessagesSlice } from './messages.ts';

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
