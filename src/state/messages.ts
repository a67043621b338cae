/** How grave a message is. Errors stay until they are closed; the others leave by themselves. */
export type Severity = 'info' | 'warning' | 'error';

/** What a message is about. A newer one about the same takes the place of the older. */
export type Source = 'link' | 'place' | 'input' | 'settings' | 'copy';

/** Something to tell, with the details that belong to it, one a line. */
export type Message = {
  readonly id: number;
  readonly source: Source;
  readonly severity: Severity;
  readonly text: string;
  readonly details: readonly string[];
};

export type MessagesSlice = {
  readonly messages: readonly Message[];
  readonly say: (source: Source, severity: Severity, text: string, details?: readonly string[]) => void;
  /** What was told of these is over: it has worked now. */
  readonly hush: (...sources: readonly Source[]) => void;
  readonly closeMessage: (id: number) => void;
};
