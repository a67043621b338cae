import { describe, expect, test } from 'vitest';
import { resultLine, sum, tallyOfCheck, tallyOfPlaywright, tallyOfVitest } from './results.ts';

describe('the result line', () => {
  test('adds up all runners', () => {
    const total = sum([
      { passed: 3, failed: 0 },
      { passed: 40, failed: 2 },
      tallyOfCheck(0),
      tallyOfCheck(1),
    ]);
    expect(resultLine(total)).toBe('44 passed, 3 failed');
  });
});

describe('a runner that says nothing has failed', () => {
  test.each([null, undefined, 'text', [], {}, { stats: null }, { numPassedTests: '7' }])('%j', (report) => {
    expect(tallyOfVitest(report, 0)).toEqual({ passed: 0, failed: 1 });
    expect(tallyOfPlaywright(report, 0)).toEqual({ passed: 0, failed: 1 });
  });

  test('so has one that was killed, whatever it had written', () => {
    expect(tallyOfVitest({ numPassedTests: 5, numFailedTests: 0 }, null)).toEqual({ passed: 5, failed: 1 });
    expect(tallyOfPlaywright({ stats: { expected: 5 } }, 1)).toEqual({ passed: 5, failed: 1 });
    expect(tallyOfCheck(null)).toEqual({ passed: 0, failed: 1 });
  });
});

describe('vitest', () => {
  test('counts passed and failed tests, not skipped ones', () => {
    const report = { numPassedTests: 9, numFailedTests: 2, numPendingTests: 4 };
    expect(tallyOfVitest(report, 1)).toEqual({ passed: 9, failed: 2 });
  });

  test('counts a file that does not load', () => {
    const report = {
      numPassedTests: 1,
      numFailedTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [] },
        { status: 'failed', assertionResults: [{ status: 'failed' }] },
        { status: 'passed', assertionResults: [{ status: 'passed' }] },
      ],
    };
    expect(tallyOfVitest(report, 1)).toEqual({ passed: 1, failed: 2 });
  });
});

describe('Playwright', () => {
  test('counts a flaky test and an error outside of tests as failed', () => {
    const report = { stats: { expected: 6, unexpected: 1, flaky: 1, skipped: 3 }, errors: [{}] };
    expect(tallyOfPlaywright(report, 1)).toEqual({ passed: 6, failed: 3 });
  });
});
