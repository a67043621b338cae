/**
 * `npm test`: every check of the repository, and as its last line `N passed, N failed`.
 * `--only format,lint` runs the named steps only.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { resultLine, sum, tallyOfCheck, tallyOfPlaywright, tallyOfVitest, type Tally } from './results.ts';

const REPORTS = path.resolve('node_modules/.cache/bioscope');
const VITEST_REPORT = path.join(REPORTS, 'vitest.json');
const PLAYWRIGHT_REPORT = path.join(REPORTS, 'playwright.json');

/** Started by their own files: what npm puts in node_modules/.bin is a shell script on some systems. */
const PROGRAMS = {
  prettier: 'prettier/bin/prettier.cjs',
  eslint: 'eslint/bin/eslint.js',
  tsc: 'typescript/bin/tsc',
  depcruise: 'dependency-cruiser/bin/dependency-cruise.mjs',
  vitest: 'vitest/vitest.mjs',
  vite: 'vite/bin/vite.js',
  playwright: '@playwright/test/cli.js',
} as const;

type Step = {
  title: string;
  program: keyof typeof PROGRAMS;
  args: string[];
  env?: Record<string, string>;
  tally: (exitCode: number | null) => Tally;
};

/** These only read the sources, so they run side by side and each prints its output in one piece. */
const STATIC = {
  format: check('format', 'prettier', '--check --log-level warn --cache .'),
  // Without a cache: it is kept by file, and a typed rule's verdict also depends on the files that it imports.
  lint: check('lint', 'eslint', '. --max-warnings 0'),
  types: check('types', 'tsc', process.stdout.isTTY ? '-b --pretty' : '-b'),
  arrows: check('import arrows', 'depcruise', '--config .dependency-cruiser.mjs .'),
} satisfies Record<string, Step>;

/** These run one after the other, with live output: the browser tests need the build. */
const SERIAL = {
  unit: {
    title: 'unit tests',
    program: 'vitest',
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${VITEST_REPORT}`],
    tally: (exitCode) => tallyOfVitest(readReport(VITEST_REPORT), exitCode),
  },
  build: check('build', 'vite', 'build --logLevel warn'),
  e2e: {
    title: 'browser tests',
    program: 'playwright',
    args: ['test', '--reporter=list,json'],
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: PLAYWRIGHT_REPORT },
    tally: (exitCode) => tallyOfPlaywright(readReport(PLAYWRIGHT_REPORT), exitCode),
  },
} satisfies Record<string, Step>;

const ALL: Record<string, Step> = { ...STATIC, ...SERIAL };

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const wanted = values.only?.split(',') ?? Object.keys(ALL);
  const unknown = wanted.filter((name) => !(name in ALL));
  if (unknown.length > 0) {
    process.stderr.write(
      `No step is called ${unknown.join(', ')}; there are ${Object.keys(ALL).join(', ')}.\n`,
    );
    return 2;
  }
  mkdirSync(REPORTS, { recursive: true });
  rmSync(VITEST_REPORT, { force: true }); // an old report must not speak for a runner that crashed
  rmSync(PLAYWRIGHT_REPORT, { force: true });

  const chosen = (steps: Record<string, Step>) =>
    Object.entries(steps).flatMap(([name, step]) => (wanted.includes(name) ? [step] : []));
  const tallies = await runSideBySide(chosen(STATIC));
  for (const step of chosen(SERIAL)) {
    header(step.title);
    tallies.push(report(step, await run(step, 'live')));
  }
  const total = sum(tallies);
  process.stdout.write(`\n${resultLine(total)}\n`);
  return total.failed === 0 ? 0 : 1;
}

/** Starts all steps, and prints each when it and those before it have ended. */
async function runSideBySide(steps: readonly Step[]): Promise<Tally[]> {
  const running = steps.map((step) => ({ step, ended: run(step, 'kept') }));
  const tallies: Tally[] = [];
  for (const { step, ended } of running) {
    header(step.title);
    const outcome = await ended;
    process.stdout.write(outcome.output);
    tallies.push(report(step, outcome));
  }
  return tallies;
}

type Outcome = { exitCode: number | null; output: string; seconds: number };

function run(step: Step, output: 'live' | 'kept'): Promise<Outcome> {
  const started = performance.now();
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [path.resolve('node_modules', PROGRAMS[step.program]), ...step.args],
      {
        stdio: [
          'ignore',
          ...(output === 'live' ? (['inherit', 'inherit'] as const) : (['pipe', 'pipe'] as const)),
        ],
        env: { ...process.env, ...step.env },
      },
    );
    const end = (exitCode: number | null) =>
      resolve({
        exitCode,
        output: Buffer.concat(chunks).toString(),
        seconds: (performance.now() - started) / 1000,
      });
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error) => {
      chunks.push(Buffer.from(`${error.message}\n`));
      end(null);
    });
    child.once('close', end);
  });
}

function report(step: Step, outcome: Outcome): Tally {
  const tally = step.tally(outcome.exitCode);
  process.stdout.write(`${step.title}: ${resultLine(tally)} (${outcome.seconds.toFixed(1)} s)\n`);
  return tally;
}

function header(title: string): void {
  process.stdout.write(`\n== ${title}\n`);
}

/** `args` are parted by single spaces; none of ours holds one. */
function check(title: string, program: Step['program'], args: string): Step {
  return { title, program, args: args.split(' '), tally: tallyOfCheck };
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    process.stdout.write(`no usable report in ${path.relative('.', file)}: ${String(error)}\n`);
    return null; // the tally counts it as a failure
  }
}
