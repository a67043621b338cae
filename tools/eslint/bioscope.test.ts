import { Linter } from 'eslint';
import path from 'node:path';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';
import bioscope from './bioscope.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');

const linter = new Linter({ cwd: ROOT });

/** The lines at which a rule complains; typed rules need a project, and the compiler's default one will do here. */
function lines(rule: string, code: string): number[] {
  const messages = linter.verify(
    code,
    {
      files: ['**/*.ts'],
      languageOptions: {
        parser: tseslint.parser,
        parserOptions: {
          projectService: { allowDefaultProject: ['*.ts'], defaultProject: 'tsconfig.engine.json' },
          tsconfigRootDir: ROOT,
        },
      },
      plugins: { bioscope },
      rules: { [`bioscope/${rule}`]: 'error' },
    },
    { filename: path.join(ROOT, 'lint-rule-sample.ts') },
  );
  expect(messages.filter((message) => message.fatal)).toEqual([]);
  return messages.map((message) => message.line);
}

describe('call-through-k: a kernel function is reached through k.call only', () => {
  const around = (body: string) => `type KernelFn = Generator<number, void, void>;
declare class Kernel { call(f: (k: Kernel) => KernelFn): KernelFn; spend(ns: number): KernelFn; emit(): void }
declare function bio_put(k: Kernel): KernelFn;
declare const ops: { end_io: (k: Kernel) => KernelFn };
export function* bio_endio(k: Kernel): KernelFn {
${body}
}`;

  test.each([
    'yield* k.call(bio_put);',
    'yield* k.call(ops.end_io);',
    'yield* k.spend(5);',
    'k.emit();',
    'const thread = () => k.call(bio_put); void thread;',
    'yield 5;',
  ])('passes %s', (body) => {
    expect(lines('call-through-k', around(body))).toEqual([]);
  });

  test.each([
    'yield* bio_put(k);',
    'yield* ops.end_io(k);',
    'bio_put(k);',
    'k.call(bio_put);',
    'for (const x of bio_put(k)) yield x;',
  ])('stops %s', (body) => {
    expect(lines('call-through-k', around(body))).toEqual([6]);
  });
});

describe('non-null-only-on-columns', () => {
  const around = (expression: string) => `type Row = number & { readonly brand: 'row' };
declare const column: Float64Array, names: readonly string[], row: Row, some: ArrayLike<number>;
declare const byName: Record<string, number>, map: Map<string, number>, maybe: number | undefined;
export const value = ${expression};`;

  test.each(['column[0]!', 'column[row]!', 'names[row]!', 'some[1]!'])('passes %s', (expression) => {
    expect(lines('non-null-only-on-columns', around(expression))).toEqual([]);
  });

  test.each(["byName['x']!", "map.get('x')!", 'maybe!', 'names.at(-1)!'])('stops %s', (expression) => {
    expect(lines('non-null-only-on-columns', around(expression))).toEqual([4]);
  });
});
