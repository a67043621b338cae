import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { hasColours } from './bioscope.ts';
import { Output } from './output.ts';
import { ProgressLine } from './progress.ts';

/** A stream whose reader is gone, or whose disk is full, after `room` characters. */
function leaky(room: number, code: string): { stream: Writable; taken: () => number } {
  let taken = 0;
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      taken += chunk.length;
      done(taken > room ? Object.assign(new Error('no more'), { code }) : null);
    },
  });
  return { stream, taken: () => taken };
}

describe('output', () => {
  test('a reader that goes away is no error, and nothing more is written', async () => {
    const { stream, taken } = leaky(100_000, 'EPIPE');
    const out = new Output(stream);
    for (let i = 0; i < 100 && !out.closed; i++) await out.write('x'.repeat(10_000));
    await out.flush();
    expect(out.closed).toBe(true);
    expect(taken()).toBeLessThan(300_000);
  });

  test('a disk that is full is an error', async () => {
    const out = new Output(leaky(0, 'ENOSPC').stream);
    await out.write('x');
    await expect(out.flush()).rejects.toThrow('no more');
  });

  test('text comes out in order and whole', async () => {
    const parts: string[] = [];
    const slow = new Writable({
      write(chunk: Buffer, _, done) {
        parts.push(chunk.toString());
        setImmediate(done);
      },
    });
    const out = new Output(slow);
    const texts = Array.from({ length: 50 }, (_, i) => `${i}:${'y'.repeat(5000)}\n`);
    for (const text of texts) await out.write(text);
    await out.flush();
    expect(parts.join('')).toBe(texts.join(''));
  });
});

describe('colours', () => {
  const terminal = Object.assign(new Writable(), { isTTY: true });
  test.each([
    [true, terminal, {}],
    [true, terminal, { NO_COLOR: '' }],
    [false, terminal, { NO_COLOR: '1' }],
    [false, terminal, { TERM: 'dumb' }],
    [false, new Writable(), {}],
  ])('%s', (colours, stream, env) => {
    expect(hasColours(stream, env)).toBe(colours);
  });
});

test('progress shows after a second, now and then, and goes away', () => {
  let now = 0;
  const shown: string[] = [];
  const line = new ProgressLine(
    () => now,
    (text) => shown.push(text),
  );
  for (; now < 2000; now += 50) line.tell({ rows: now * 1000, time_ns: now * 1_000_000 });
  line.end();
  expect(shown).toHaveLength(6);
  expect(shown[0]).toBe('\r\u001b[Ksimulating: 1,000,000 events, 1.000000000 s');
  expect(shown.at(-1)).toBe('\r\u001b[K');

  const quick: string[] = [];
  const other = new ProgressLine(
    () => now,
    (text) => quick.push(text),
  );
  other.tell({ rows: 1, time_ns: 1 });
  other.end();
  expect(quick).toEqual([]);
});
