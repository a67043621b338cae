import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import bioscope from './tools/eslint/bioscope.mjs';

/** Everything that src/run reaches: here equal scenarios give equal bytes. */
const DETERMINISTIC = ['base', 'log', 'engine', 'kernel', 'scenario', 'analysis', 'run', 'experiment'].map(
  (folder) => `src/${folder}/**/*.ts`,
);

/** Not the same from run to run, or from host to host. */
const UNREPEATABLE_GLOBALS = [
  'Date',
  'Intl',
  'Promise',
  'performance',
  'crypto',
  'process',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'requestIdleCallback',
  'WeakRef',
  'FinalizationRegistry',
  'globalThis',
];

/** ECMAScript leaves the last bits of these to the engine; abs, floor, sqrt, imul, fround and their like are exact. */
const INEXACT_MATH = [
  ...[
    'acos',
    'acosh',
    'asin',
    'asinh',
    'atan',
    'atan2',
    'atanh',
    'cos',
    'cosh',
    'sin',
    'sinh',
    'tan',
    'tanh',
  ],
  ...['cbrt', 'exp', 'expm1', 'hypot', 'log', 'log10', 'log1p', 'log2', 'pow'],
];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'test-results/', 'playwright-report/', '**/node_modules/']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { bioscope },
    rules: {
      // The three easings, and nothing else.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-non-null-assertion': 'off', // the next rule is the same with column reads let through
      'bioscope/non-null-only-on-columns': 'error',

      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-undef': 'off', // the compiler knows each project's globals better
      'no-unused-vars': 'off',
      '@typescript-eslint/no-unused-vars': 'off', // noUnusedLocals and noUnusedParameters in every tsconfig
      eqeqeq: 'error',
    },
  },
  {
    name: 'bioscope/deterministic',
    files: DETERMINISTIC,
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...UNREPEATABLE_GLOBALS.map((name) => ({
          name,
          message: 'A run must give the same bytes every time and everywhere.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Draw from the seeded generator in src/base.' },
        ...INEXACT_MATH.map((property) => ({
          object: 'Math',
          property,
          message: 'Its last bits differ between engines; use a committed table over integers.',
        })),
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: ':function[async=true]',
          message: 'Nothing below the hosts waits: a run advances in slices.',
        },
        { selector: 'AwaitExpression', message: 'Nothing below the hosts waits: a run advances in slices.' },
        { selector: 'ImportExpression', message: 'A dynamic import is a promise.' },
        {
          selector: 'MemberExpression[property.name=/^(toLocale.*|localeCompare)$/]',
          message: 'The result depends on the locale of the machine.',
        },
      ],
      // A kernel function that happens not to wait is still one, and a no-op of the table of functions is too.
      'require-yield': 'off',
    },
  },
  {
    name: 'bioscope/kernel',
    files: ['src/kernel/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'bioscope/call-through-k': 'error' },
  },
  {
    // struct() makes the base classes of kernel structs at run time; the compiler sees an intersection type there, and
    // this rule then takes every instance for an impostor.
    name: 'bioscope/structs',
    files: ['src/engine/**/*.ts', 'src/kernel/**/*.ts', 'src/run/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  { files: ['src/ui/**/*.{ts,tsx}'], extends: [reactHooks.configs.flat.recommended] },
  // The compiler checks these (checkJs); the typed rules would ask for types that JSDoc cannot say shortly.
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'bioscope/non-null-only-on-columns': 'off' },
  },
  { files: ['**/*.test.ts', '**/*.test.tsx', 'bench/**/*.ts'], rules: { 'require-yield': 'off' } },
);
