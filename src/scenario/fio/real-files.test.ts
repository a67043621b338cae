import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { importFio, surveyFio } from './import-fio.ts';
import { readJobFile } from './job-file.ts';
import { quoteShell } from './shell-words.ts';

/** Real job files that lie beside the repository on some machines. They are read in place and never copied. */
const SHARED = path.join(import.meta.dirname, '../../../../shared/fio');
const OWN = path.join(import.meta.dirname, 'fixtures');
const files = [OWN, SHARED].filter(existsSync).flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.fio'))
    .map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') })),
);
if (!existsSync(SHARED)) console.info(`${SHARED} is absent: only the repository’s own job files are walked.`);

describe.each(files)('$name', ({ name, text }) => {
  test('becomes a scenario, or says at which line why not', () => {
    const result = importFio(text);
    if (result.ok) expect(result.value.scenario.actors.length).toBeGreaterThan(0);
    else
      expect(
        result.error.every(({ line, column, message }) => line > 0 && column > 0 && message !== ''),
      ).toBe(true);
  });

  test('has every option in the notes, at its place', () => {
    const noted = new Set(
      surveyFio(text)
        .notes.list()
        .map(({ line, column }) => `${line}:${column}`),
    );
    const entries = readJobFile(text).sections.flatMap((section) => section.entries);
    const rejected = new Set(surveyFio(text).problems.map(({ line }) => line)); // a bad value is a problem instead
    const unnoted = entries.filter(
      ({ at }) => !noted.has(`${at.line}:${at.column}`) && !rejected.has(at.line),
    );
    expect(unnoted.map(({ key }) => key)).toEqual([]);
  });

  test('has no unknown option, unless it was written to have one', () => {
    const unknown = surveyFio(text)
      .notes.list()
      .filter(({ kind }) => kind === 'unknown');
    expect(unknown.map(({ option }) => option)).toEqual(name === 'every-kind.fio' ? ['iodpeth'] : []);
  });

  test('names a line that exists and a text that stands there', () => {
    const lines = text.split('\n');
    for (const { line, column, option } of surveyFio(text).notes.list())
      if (option !== 'direct' && option !== 'ioengine')
        expect(lines[line - 1]?.slice(column - 1)).toContain(option.split('_')[0]);
  });

  test('as a command line is the same scenario', () => {
    const asJobs = importFio(text);
    const keys = readJobFile(text).sections.flatMap(({ entries }) => entries.map((entry) => entry.key));
    if (!asJobs.ok || keys.includes('name')) return; // --name=x would start another job
    const asCommand = importFio(commandLineOf(text));
    expect(asCommand.ok && asCommand.value.scenario).toEqual(asJobs.value.scenario);
  });
});

/** The same options as arguments of the fio command. */
function commandLineOf(text: string): string {
  const words = readJobFile(text).sections.flatMap(({ name, entries }) => [
    `--name=${name}`,
    ...entries.map(({ key, value }) => (value === null ? `--${key}` : `--${key}=${value}`)),
  ]);
  return `fio ${quoteShell(words)}`;
}
