import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';
import { BROWSER_FLAGS, findBrowser } from './tools/browser.ts';

// Playwright would wait a minute for a server that has nothing to serve.
if (!existsSync('dist/index.html')) throw new Error('dist/ is missing: run "npm run build" first.');

// Every worker process loads this file again; what the first one finds is handed down in the environment.
process.env['BIOSCOPE_BROWSER'] = findBrowser();
const port = (process.env['BIOSCOPE_E2E_PORT'] ??= String(await freePort()));
const address = `http://localhost:${port}/`;

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 }, // the machines are shared
  reporter: 'list',
  use: {
    ...devices['Desktop Chrome'],
    baseURL: address,
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    launchOptions: { executablePath: process.env['BIOSCOPE_BROWSER'], args: [...BROWSER_FLAGS] },
  },
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --host localhost --port ${port} --strictPort`,
    url: address,
    reuseExistingServer: false,
    timeout: 30_000,
  },
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, 'localhost', () => {
      const at = server.address();
      server.close(() => {
        if (at !== null && typeof at === 'object') resolve(at.port);
        else reject(new Error('The system gave no port.'));
      });
    });
  });
}
