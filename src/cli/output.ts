import type { Writable } from 'node:stream';

/** About one pipe buffer. */
const BATCH_CHARS = 64 * 1024;

/**
 * A stream that text goes to. It waits for a slow reader, and when the reader has gone (`| head`) it says so and drops
 * the rest: that is no error.
 */
export class Output {
  /** The reader has gone; there is no use in writing more. */
  closed = false;
  private readonly stream: Writable;
  private failure: Error | null = null;
  private batch = '';

  constructor(stream: Writable) {
    this.stream = stream;
    stream.on('error', (error) => this.fail(error));
  }

  /** Gathers text; now and then it waits until the stream has taken it. */
  async write(text: string): Promise<void> {
    this.batch += text;
    if (this.batch.length >= BATCH_CHARS) await this.flush();
  }

  /** Hands over what was gathered and waits until it has been taken. Throws when it cannot be: a full disk. */
  async flush(): Promise<void> {
    const text = this.batch;
    this.batch = '';
    if (text !== '' && !this.closed) await this.hand(text);
    if (this.failure !== null) throw this.failure;
  }

  private hand(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.stream.write(text, (error) => {
        if (error) this.fail(error); // the event comes only after this
        resolve();
      });
    });
  }

  private fail(error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE') this.failure = error;
    this.closed = true;
  }
}
