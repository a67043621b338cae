import { describe, expect, test } from 'vitest';
import { PRESETS } from '../scenario/presets.ts';
import { textKind, type TextKind } from './text-kind.ts';

const LINK = 'v=1&s=overwrite-workqueue&t=0';

const CASES: readonly (readonly [what: string, text: string, kind: TextKind | null])[] = [
  ['a fragment', LINK, 'link'],
  ['a fragment with its #', `#${LINK}`, 'link'],
  ['an address', `https://example.org/bioscope/#${LINK}`, 'link'],
  ['an address of another version', 'https://example.org/#v=9&s=x', 'link'],
  ['an address on disk', `file:///C:/bioscope/index.html#${LINK}`, 'link'],
  ['an address in angle brackets, with blanks around it', `\n <http://localhost:4173/#${LINK}>\n`, 'link'],
  ['a footnote of a mail', `[1] An overwrite\n    https://example.org/#${LINK}`, 'link'],
  ['a scenario', '\n  {"version": 1}', 'scenario'],
  ['broken JSON is still meant as a scenario', '{"version": 1,', 'scenario'],
  ['a job file', '[job]\nrw=randread\n', 'fio'],
  ['a job file with a comment first', '# v=1 of my job\n[job]\nrw=randread\n', 'fio'],
  ['a job file that mentions a link', `; see https://example.org/#${LINK}\n[job]\nrw=randread\n`, 'fio'],
  ['a fio command', 'fio --name=x --rw=randread', 'fio'],
  ['a fio command behind a prompt', '$ sudo fio --name=x --rw=randread', 'fio'],
  ['a preset', ` ${PRESETS[0].id}\n`, 'preset'],
  ['an address without a fragment', 'https://example.org/', null],
  ['a JSON list', '[1, 2]', null],
  ['prose', 'Hello there, this is no job.', null],
  ['nothing', '', null],
];

describe('what a text is', () => {
  test.each(CASES)('%s', (_, text, kind) => {
    expect(textKind(text)).toBe(kind);
  });

  // Words of fio itself are the business of src/scenario/fio.
  test.each(['https://', 'http://x#', 'file://#v=', '<', '#', 'v=', ' ', '[', '{', "'", '<http://'])(
    '%j over and over is told apart in no time',
    (piece) => {
      const started = performance.now();
      textKind(piece.repeat(50_000));
      expect(performance.now() - started).toBeLessThan(2_000);
    },
  );
});
