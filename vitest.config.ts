import { defineConfig, mergeConfig } from 'vitest/config';
import site from './vite.config.ts';

// A test of a component asks for a document of its own: `// @vitest-environment happy-dom` on its first line.
export default mergeConfig(
  site,
  defineConfig({
    test: {
      include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
      environment: 'node',
      restoreMocks: true,
      // Machines are shared and slow at times; a test that hangs still ends.
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  }),
);
