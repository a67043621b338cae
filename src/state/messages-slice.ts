import type { Slice } from './app-state.ts';
import type { MessagesSlice } from './messages.ts';

export const messagesSlice: Slice<MessagesSlice> = () => (set, get) => {
  let next = 1;
  return {
    messages: [],
    say: (source, severity, text, details = []) => {
      const message = { id: next++, source, severity, text, details };
      set((s) => ({ messages: [...s.messages.filter((m) => m.source !== source), message] }));
    },
    hush: (...sources) => {
      if (get().messages.some((m) => sources.includes(m.source)))
        set((s) => ({ messages: s.messages.filter((m) => !sources.includes(m.source)) }));
    },
    closeMessage: (id) => set((s) => ({ messages: s.messages.filter((m) => m.id !== id) })),
  };
};
