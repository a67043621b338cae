/** Adding up what the runners of `npm test` say of themselves. A runner that says nothing usable has failed. */

export type Tally = { passed: number; failed: number };

/** A check that passes or fails as a whole: the formatter, the linter, the compiler, the build. */
export function tallyOfCheck(exitCode: number | null): Tally {
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** `json` is vitest's JSON report, or null when it wrote none. */
export function tallyOfVitest(json: unknown, exitCode: number | null): Tally {
  const passed = count(json, 'numPassedTests');
  let failed = count(json, 'numFailedTests');
  // A file that does not even load has no failed test in it, but it has failed.
  for (const file of list(json, 'testResults')) {
    const brokenTests = list(file, 'assertionResults').filter(
      (one) => field(one, 'status') === 'failed',
    ).length;
    if (field(file, 'status') === 'failed' && brokenTests === 0) failed++;
  }
  return settled(passed, failed, exitCode);
}

/** `json` is Playwright's JSON report, or null when it wrote none. A test that passed only when repeated has failed. */
export function tallyOfPlaywright(json: unknown, exitCode: number | null): Tally {
  const stats = field(json, 'stats');
  const failed = count(stats, 'unexpected') + count(stats, 'flaky') + list(json, 'errors').length;
  return settled(count(stats, 'expected'), failed, exitCode);
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, one) => ({ passed: total.passed + one.passed, failed: total.failed + one.failed }),
    { passed: 0, failed: 0 },
  );
}

/** The last line of `npm test`, which other programs read. */
export function resultLine(total: Tally): string {
  return `${total.passed} passed, ${total.failed} failed`;
}

/** Whatever the report says: a runner that ended badly, or that ran nothing, counts as a failure. */
function settled(passed: number, failed: number, exitCode: number | null): Tally {
  const isFailure = exitCode !== 0 || passed + failed === 0;
  return { passed, failed: isFailure ? Math.max(1, failed) : failed };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function count(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === 'number' && Number.isInteger(found) && found >= 0 ? found : 0;
}

function list(value: unknown, name: string): unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? (found as unknown[]) : [];
}
