/**
 * Finds a Chromium for the tests and the tools; one function, so that all of them run in the same browser.
 * In this order: BIOSCOPE_BROWSER, an installed Chromium or Chrome, Playwright's own, and else it installs one.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from '@playwright/test';

/**
 * No GPU and no sandbox, since tests run in containers and as root, and none of the browser's own traffic: on a closed
 * network its lookups fail many at a time.
 */
export const BROWSER_FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const MAC_APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const WINDOWS_APPS = ['Google/Chrome/Application/chrome.exe', 'Chromium/Application/chrome.exe'];

/** The path of a Chromium that can be launched. Installs one when there is none; throws with advice when it cannot. */
export function findBrowser(): string {
  const wanted = process.env['BIOSCOPE_BROWSER'];
  if (wanted !== undefined && wanted !== '') {
    if (isExecutable(wanted)) return wanted;
    throw new Error(`BIOSCOPE_BROWSER is ${wanted}, which is not a program that can be run.`);
  }
  return installedBrowser() ?? playwrightsOwn() ?? installWithPlaywright() ?? installWithApt() ?? giveUp();
}

function installedBrowser(): string | null {
  return installedPlaces().find(isExecutable) ?? null;
}

function installedPlaces(): string[] {
  if (process.platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap(
      (name) => process.env[name] ?? [],
    );
    return roots.flatMap((root) => WINDOWS_APPS.map((app) => path.join(root, app)));
  }
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  const onPath = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return process.platform === 'darwin' ? [...onPath, ...MAC_APPS] : onPath;
}

function playwrightsOwn(): string | null {
  const own = chromium.executablePath();
  return isExecutable(own) ? own : null;
}

function installWithPlaywright(): string | null {
  say('no Chromium found; running "npx playwright install chromium" …');
  const cli = createRequire(import.meta.url).resolve('@playwright/test/cli');
  return runs(process.execPath, [cli, 'install', 'chromium']) ? playwrightsOwn() : null;
}

function installWithApt(): string | null {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return null;
  say('that did not work; running "apt-get update && apt-get install -y chromium" …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done =
    runs('apt-get', ['update', '-qq'], env) &&
    runs('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], env);
  return done ? installedBrowser() : null;
}

function giveUp(): never {
  throw new Error('No Chromium. Install Chromium or Chrome, or set BIOSCOPE_BROWSER to the path of one.');
}

/** Runs a program whose whole output goes to stderr, since callers may print results on stdout. */
function runs(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): boolean {
  return spawnSync(command, args, { stdio: ['ignore', 2, 2], env }).status === 0;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // absent, or not ours to run: either way the search goes on
  }
}

function say(sentence: string): void {
  process.stderr.write(`browser: ${sentence}\n`);
}
