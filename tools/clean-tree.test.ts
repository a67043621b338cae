import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

/** Written in pieces, so that this file does not find itself. */
const FORBIDDEN: readonly { what: string; pattern: RegExp }[] = [
  {
    what: 'a path of the machine it was written on',
    pattern: new RegExp(String.raw`(?<![\w.*$}-])/(?:${['work', 'root', 'farm', 'home'].join('|')})/[\w.]`),
  },
  {
    what: 'the address of a package host',
    pattern: new RegExp(
      String.raw`https?://[\w.:-]*(?:${['npm' + 'js', 'regis' + 'try', 'arti' + 'factory'].join('|')})`,
    ),
  },
];

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && !/\.(?:png|ico|woff2|gz)$/.test(file));

describe('no tracked file holds', () => {
  test.each(FORBIDDEN)('$what', ({ pattern }) => {
    const hits = tracked.flatMap((file) =>
      (read(file) ?? '')
        .split('\n')
        .flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
    );
    expect(hits).toEqual([]);
  });
});

describe('the lockfile', () => {
  const lockfile = JSON.parse(read('package-lock.json') ?? '{}') as {
    packages: Record<string, Record<string, unknown>>;
  };
  const packages = Object.entries(lockfile.packages);

  test('says of no package where it was downloaded from', () => {
    expect(packages.filter(([, one]) => 'resolved' in one).map(([name]) => name)).toEqual([]);
  });

  test('has the packages that other platforms need, so that npm ci works there', () => {
    const names = new Set(packages.map(([name]) => name));
    const missing = packages.flatMap(([name, one]) =>
      Object.keys((one['optionalDependencies'] ?? {}) as Record<string, string>).filter(
        (needed) => !names.has(`node_modules/${needed}`) && !names.has(`${name}/node_modules/${needed}`),
      ),
    );
    expect(missing).toEqual([]);
  });
});

/** Null for a file that is tracked but deleted in the working tree. */
function read(file: string): string | null {
  try {
    return readFileSync(path.join(ROOT, file), 'utf8');
  } catch {
    return null;
  }
}
