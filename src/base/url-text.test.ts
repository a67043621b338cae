import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeText, unescapeText } from './url-text.ts';

const KEEPS = fc.constantFrom('', '_', '_-', '_.-');

test('any text comes back, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), KEEPS, (text, keep) => {
      expect(unescapeText(escapeText(text, keep))).toBe(text);
    }),
  );
  expect(unescapeText(escapeText('\ud800', ''))).toBe('\ud800');
});

test('two texts never share a form', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('.', 'x', 'u', '2', 'f', '/') }), KEEPS, (text, keep) => {
      expect(unescapeText(escapeText(text, keep))).toBe(text);
    }),
  );
});

test('only unreserved characters come out, no tilde, and no punctuation at the end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), KEEPS, (text, keep) => {
      expect(escapeText(text, keep)).toMatch(/^[A-Za-z0-9._-]*[A-Za-z0-9]$/);
    }),
  );
});

test('names of functions, kernels and tasks stay readable', () => {
  expect(escapeText('bio_endio', '_')).toBe('bio_endio');
  expect(escapeText('v6.6-to-v6.18', '_.-')).toBe('v6.6-to-v6.18');
  expect(escapeText('kworker/1:0', '_-')).toBe('kworker.x2f1.x3a0');
});

test('a broken escape is told from a text', () => {
  expect(unescapeText('a.x2')).toBeNull();
  expect(unescapeText('a.u12')).toBeNull();
  expect(unescapeText('a.b')).toBe('a.b');
});
