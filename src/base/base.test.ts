import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assert, present, unreachable } from './assert.ts';
import { lowerBound, upperBound } from './bisect.ts';
import { Digest } from './digest.ts';
import { ms, us } from './units.ts';

describe('assert', () => {
  test('says its sentence when the condition does not hold, and that it is our mistake', () => {
    expect(() => assert(false, 'the sky is above')).toThrow('bioscope is wrong here: the sky is above');
    expect(() => assert(true, 'the sky is above')).not.toThrow();
  });

  test('present gives the value back, also one that counts as false', () => {
    expect(present(0, 'it is there')).toBe(0);
    expect(present('', 'it is there')).toBe('');
    expect(() => present(null, 'it is there')).toThrow('it is there');
    expect(() => present(undefined, 'it is there')).toThrow('it is there');
  });

  test('unreachable names what nobody thought of', () => {
    expect(() => unreachable('new kind' as never)).toThrow('new kind');
  });
});

describe('bisect', () => {
  const ascending = fc
    .array(fc.integer({ min: 0, max: 30 }), { maxLength: 50 })
    .map((values) => values.toSorted((a, b) => a - b));

  test('counts the values at most, or below, a limit', () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: -2, max: 32 }), (values, limit) => {
        expect(upperBound(values, limit)).toBe(values.filter((value) => value <= limit).length);
        expect(lowerBound(values, limit)).toBe(values.filter((value) => value < limit).length);
      }),
    );
  });

  test('looks only at the first so many', () => {
    const column = Float64Array.of(1, 2, 2, 3, 0, 0);
    expect(upperBound(column, 2, 4)).toBe(3);
    expect(lowerBound(column, 2, 4)).toBe(1);
    expect(upperBound(column, 9, 0)).toBe(0);
  });
});

describe('the digest', () => {
  const words = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 40 });
  const of = (values: readonly number[]): string => new Digest().words32(Uint32Array.from(values)).hex();

  test('is the same for the same words: these must never change', () => {
    expect(new Digest().hex()).toMatchInlineSnapshot(`"ade984b3f3732a31"`);
    expect(of([1, 2, 3])).toMatchInlineSnapshot(`"5e40d9748498f7fb"`);
    expect(new Digest().text('bio_endio').hex()).toMatchInlineSnapshot(`"241e5eafb4d176c2"`);
  });

  test('does not depend on how the words are cut into pieces', () => {
    fc.assert(
      fc.property(words, words, (head, tail) => {
        const inTwo = new Digest().words32(Uint32Array.from(head)).words32(Uint32Array.from(tail));
        expect(inTwo.hex()).toBe(of([...head, ...tail]));
      }),
    );
  });

  test('changes with any bit of any word, and with the number of words', () => {
    fc.assert(
      fc.property(words, fc.nat(39), fc.nat(31), (values, at, bit) => {
        expect(of([...values, 0])).not.toBe(of(values));
        const old = values[at];
        if (old === undefined) return;
        expect(of(values.with(at, (old ^ (1 << bit)) >>> 0))).not.toBe(of(values));
      }),
    );
  });

  test('texts next to each other do not run together', () => {
    const both = (a: string, b: string): string => new Digest().text(a).text(b).hex();
    expect(new Set([both('ab', 'c'), both('a', 'bc'), both('abc', ''), both('', 'abc')]).size).toBe(4);
  });
});

test('units are whole nanoseconds', () => {
  expect([us(1.5), ms(2), us(0.0004)]).toEqual([1500, 2_000_000, 0]);
});
