import fc from 'fast-check';
import { expect, test } from 'vitest';
import { importFio, looksLikeFio, surveyFio } from './import-fio.ts';
import { OPTIONS } from './options.ts';

const RUNS = 400;
const key = fc.constantFrom(...OPTIONS.keys());
const word = fc.constantFrom(
  '0',
  '1',
  '4k',
  '4ki',
  'none',
  'read',
  'randrw:8',
  'libaio',
  'io_uring',
  '0-3',
  ',8k',
  '50%',
  '${X}',
  '(2*',
  '1,2,3,4',
  '',
);
const anyValue = fc.oneof(word, fc.string({ maxLength: 12 }));
const line = fc.oneof(
  fc.tuple(key, anyValue).map(([name, value]) => `${name}=${value}`),
  key,
  fc.constantFrom('[job]', '[global]', '[', ']', '; comment', '#', 'include x', '', '  '),
  fc.string({ maxLength: 20 }),
);
const jobFile = fc.array(line, { maxLength: 30 }).map((lines) => ['[first]', ...lines].join('\n'));
const command = fc.array(line, { maxLength: 20 }).map((lines) => `fio --name=x --${lines.join(' --')}`);
const soup = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 100 }));

test('any text gives a scenario or problems with a place, and never throws', () => {
  fc.assert(
    fc.property(fc.oneof(jobFile, command, soup), (text) => {
      looksLikeFio(text);
      surveyFio(text).notes.list();
      const result = importFio(text);
      if (result.ok) return;
      expect(result.error.length).toBeGreaterThan(0);
      for (const { line: at, column } of result.error) {
        expect(at).toBeGreaterThanOrEqual(1);
        expect(at).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length);
        expect(column).toBeGreaterThanOrEqual(1);
      }
    }),
    { numRuns: RUNS },
  );
});

/** Jobs that are sensible by construction, with options in any order. */
const sensible = fc
  .record({
    rw: fc.constantFrom('read', 'write', 'randread', 'randwrite', 'rw', 'randrw'),
    ioengine: fc.constantFrom('io_uring', 'libaio', 'psync'),
    iodepth: fc.integer({ min: 1, max: 256 }),
    bs: fc.constantFrom('512', '4k', '4k,16k', '64k', '1m'),
    size: fc.constantFrom('1m', '64m', '10g'),
    numjobs: fc.integer({ min: 1, max: 5 }),
    rwmixread: fc.integer({ min: 0, max: 100 }),
    number_ios: fc.integer({ min: 0, max: 5000 }),
    offset: fc.constantFrom('0', '1m'),
    direct: fc.constantFrom('0', '1'),
    cpus_allowed: fc.constantFrom('0', '1-3', '0,5'),
    hipri: fc.constantFrom('0', '1'),
    thinktime: fc.constantFrom('0', '10', '1ms'),
  })
  .chain((options) => fc.shuffledSubarray(Object.entries(options), { minLength: 0 }));
const jobs = fc.array(sensible, { minLength: 1, maxLength: 5 });

test('sensible jobs always become a valid scenario with a clone for each of numjobs', () => {
  fc.assert(
    fc.property(jobs, (sections) => {
      const result = importFio(asJobFile(sections));
      expect(result).toMatchObject({ ok: true });
      const clones = sections.reduce((sum, options) => sum + Number(new Map(options).get('numjobs') ?? 1), 0);
      expect(result.ok && result.value.scenario.actors.length).toBe(clones);
    }),
    { numRuns: RUNS },
  );
});

test('a job file and the same options on a command line give the same scenario', () => {
  fc.assert(
    fc.property(jobs, (sections) => {
      const [file, line] = [importFio(asJobFile(sections)), importFio(asCommand(sections))];
      expect(line.ok && line.value.scenario).toEqual(file.ok && file.value.scenario);
    }),
    { numRuns: RUNS },
  );
});

test('what a [global] says is what each job below it would say itself', () => {
  fc.assert(
    fc.property(sensible, jobs, (shared, sections) => {
      const global = shared.map(([name, value]) => `${name}=${value}`);
      const inherited = importFio(['[global]', ...global, asJobFile(sections)].join('\n'));
      const spelled = importFio(asJobFile(sections.map((own) => [...shared, ...own])));
      expect(inherited.ok && inherited.value.scenario).toEqual(spelled.ok && spelled.value.scenario);
    }),
    { numRuns: RUNS },
  );
});

type Options = readonly (readonly [string, string | number])[];

function asJobFile(sections: readonly Options[]): string {
  return sections
    .map((options, i) => [`[job${i}]`, ...options.map(([name, value]) => `${name}=${value}`)].join('\n'))
    .join('\n\n');
}

function asCommand(sections: readonly Options[]): string {
  const words = sections.flatMap((options, i) => [
    `--name=job${i}`,
    ...options.map(([name, value]) => (name === 'hipri' ? `--hipri=${value}` : `--${name} ${value}`)),
  ]);
  return `fio ${words.join(' ')}`;
}

const LONG = 900_000;
test.each([
  ['backslashes', `fio --name=x ${'\\'.repeat(LONG)}`],
  ['blanks in a section', `[${' '.repeat(LONG)}]x`],
  ['blanks behind a prompt', `a@${' '.repeat(LONG)}`],
  ['an array of numbers', `[${' 1'.repeat(LONG / 2)}`],
  ['sections', '[a]\n'.repeat(LONG / 4)],
  ['sections that are refused', `[global]\nioengine=null\n${'[a]\n'.repeat(LONG / 4)}`],
  ['unknown options', `[a]\n${'nothing_that_fio_knows=1\n'.repeat(LONG / 25)}`],
  ['nested parentheses', `[a]\nsize=${'('.repeat(LONG)}`],
  ['a long list', `[a]\ncpus_allowed=${'0-255,'.repeat(LONG / 6)}0`],
  ['a long split', `[a]\nbssplit=${'4k/1:'.repeat(LONG / 5)}`],
  ['a long name', `[${'a'.repeat(LONG)}]\ndirect=1`],
  ['quotes', `fio --name=${`'"`.repeat(LONG / 2)}`],
])('a hostile text of %s is read in reasonable time', (_, text) => {
  looksLikeFio(text);
  const result = importFio(text);
  expect(result.ok || result.error.length <= 100).toBe(true);
});
