import { expect, test } from 'vitest';
import { inputText, outcomeText } from './values.ts';

test('an outcome without words of its own is yes or no', () => {
  expect([0, 1, 7].map((outcome) => outcomeText('no such rule', outcome))).toEqual(['no', 'yes', '7']);
});

test('inputs that are words of flags are in hexadecimal, unsigned', () => {
  expect(inputText('dio->flags', 0xc0000000)).toBe('0xc0000000');
  expect(inputText('in_task', 1)).toBe('1');
});
