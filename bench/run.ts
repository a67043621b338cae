/**
 * `npm run bench`: speed as ratios within one run, each with the bar that it must meet. It is no part of the tests: these
 * machines are shared. The measured code is bundled first and run by plain Node, because the loader that runs TypeScript
 * here wraps every function, which costs more than what is measured.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';

const outDir = path.resolve('node_modules/.cache/bench');
mkdirSync(outDir, { recursive: true });
await build({
  configFile: false,
  logLevel: 'error',
  build: {
    outDir,
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    ssr: path.resolve('bench/measure.ts'),
    rolldownOptions: { output: { entryFileNames: 'measure.mjs' } },
  },
});
const child = spawnSync(process.execPath, ['--expose-gc', path.join(outDir, 'measure.mjs')], {
  stdio: 'inherit',
});
process.exitCode = child.status ?? 1;
