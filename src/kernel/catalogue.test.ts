import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FIELDS, FUNCTIONS, RULES } from './catalogue.ts';
import { KERNEL_NAMES, KERNELS, effectiveFlips, switchesOf } from './kernels.ts';
import { SWITCH_IDS, SWITCHES } from './switches.ts';

const KERNEL = import.meta.dirname;

/** Files of the model's kernel tree, relative to it: those in a folder. */
const FILES = readdirSync(KERNEL, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file.includes(path.sep),
);

const sources = FILES.map((file) => readFileSync(path.join(KERNEL, file), 'utf8'));

describe('the catalogue explains what the model does', () => {
  test('every exported kernel function is in it, with the file that mirrors its source', () => {
    const names = sources.flatMap((text) =>
      [...text.matchAll(/^export function\* (\w+)/gm)].map((m) => m[1] ?? ''),
    );
    expect(names.length).toBeGreaterThan(80);
    expect(names.filter((name) => !FUNCTIONS.has(name))).toEqual([]);
  });

  test('a function’s source file is where its model lies', () => {
    for (const [name, { file }] of FUNCTIONS) {
      const model = path.normalize(file.replace(/[.]\w+( .*)?$/, ''));
      const parts = sources.filter((_, i) =>
        [`${model}.ts`, `${model}-`].some((p) => FILES[i]?.startsWith(p)),
      );
      expect(parts.join('\n'), `${name} in ${model}`).toMatch(new RegExp(`function\\* ${name}\\b`));
    }
  });

  test('every declared rule is in it, and every rule that is asked is declared', () => {
    const declared = sources.flatMap((text) => [...text.matchAll(/^ {2}id: '([\w-]+)'/gm)].map((m) => m[1]));
    expect([...RULES.keys()].sort()).toEqual(declared.sort());
    const asked = sources.flatMap((text) =>
      [...text.matchAll(/k\.decide\(\s*(?:rules\.)?(\w+)/g)].map((m) => m[1]),
    );
    const constants = sources.flatMap((text) =>
      [...text.matchAll(/^export const (\w+) = rule\(/gm)].map((m) => m[1]),
    );
    expect(asked.filter((name) => !constants.includes(name))).toEqual([]);
    expect(constants.filter((name) => !asked.includes(name))).toEqual([]);
  });

  test('no rule is without a question, a condition, a source and labels that differ', () => {
    for (const rule of RULES.values()) {
      expect(rule.asks).toMatch(/[?.]$/);
      expect(rule.test).not.toBe('');
      expect(new Set(rule.inputs).size).toBe(rule.inputs.length);
      if (rule.source.kind === 'code') expect(rule.source.file).toMatch(/^[\w./-]+\.[ch]$/);
    }
  });

  test('flags have names for their bits, each bit once', () => {
    for (const [name, field] of FIELDS) {
      if (field.kind !== 'flags') continue;
      const bits = Object.values(field.bits ?? {});
      expect(new Set(bits).size, name).toBe(bits.length);
      expect(bits.length).toBeGreaterThan(0);
    }
  });
});

describe('named kernels', () => {
  test.each(KERNEL_NAMES)('%s gives every switch one of its values', (name) => {
    for (const id of SWITCH_IDS) expect(SWITCHES[id].values).toContain(KERNELS[name].switches[id]);
  });

  test.each(SWITCH_IDS)('no switch is equal in all of them: %s', (id) => {
    expect(new Set(KERNEL_NAMES.map((name) => KERNELS[name].switches[id])).size).toBeGreaterThan(1);
  });

  test.each(KERNEL_NAMES)('what %s differs in has a reason, and does differ from its revision', (name) => {
    for (const [switches, reason] of KERNELS[name].differences) {
      expect(reason.length).toBeGreaterThan(20);
      expect(KERNELS[name].switches).toMatchObject(switches);
    }
  });

  test('a flip wins over the kernel, and one that changes nothing does not count', () => {
    expect(switchesOf('v6.5', { CALLER_FLAG: 'CALLER_COMP' }).CALLER_FLAG).toBe('CALLER_COMP');
    expect(effectiveFlips('v6.5', { CALLER_FLAG: 'none', ISSUER_REQUESTS: true })).toEqual({
      ISSUER_REQUESTS: true,
    });
  });
});
