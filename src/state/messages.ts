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
