import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MODEL_VERSION } from '../src/run/model-version.ts';
import { modelVersion } from './sources.ts';

test('the committed model version is that of the sources; else: npm run model-version -- --write', () => {
  expect(MODEL_VERSION).toBe(modelVersion(path.resolve(import.meta.dirname, '..')));
});

describe('the model version', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'bioscope-sources-'));
    write('src/run/run.ts', `import { f } from '../kernel/f.ts';\nexport const run = () => f();\n`);
    write('src/kernel/f.ts', `export const f = () => 1;\n`);
    write('src/ui/app.ts', `export const app = 1;\n`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('has twelve hex digits', () => {
    expect(modelVersion(root)).toMatch(/^[0-9a-f]{12}$/);
  });

  test.each([
    ['a comment in a file', 'src/kernel/f.ts', `/** why */\nexport const f = () => 1; // so\n`],
    ['a type in a file', 'src/kernel/f.ts', `export type T = 1;\nexport const f = (): T => 1;\n`],
    ['the line ends', 'src/kernel/f.ts', `export const f = () => 1;\r\n`],
    ['a file that no run reaches', 'src/ui/app.ts', `export const app = 2;\n`],
    ['a test', 'src/run/run.test.ts', `import './run.ts';\n`],
    ['the generated file', 'src/run/model-version.ts', `export const MODEL_VERSION = 'x';\n`],
  ])('does not change with %s', (_, file, text) => {
    const before = modelVersion(root);
    write(file, text);
    expect(modelVersion(root)).toBe(before);
  });

  test.each([
    ['an imported file', 'src/kernel/f.ts', `export const f = () => 2;\n`],
    ['a new file of src/run', 'src/run/shard.ts', `export const shard = 1;\n`],
  ])('changes with %s', (_, file, text) => {
    const before = modelVersion(root);
    write(file, text);
    expect(modelVersion(root)).not.toBe(before);
  });
});
