/** Which source files a run depends on, and their digest: the model version. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import ts from 'typescript';

/** Written by `npm run model-version -- --write`, so it cannot be part of what it tells. */
export const MODEL_VERSION_FILE = 'src/run/model-version.ts';

/** The first 12 hex digits of the SHA-256 over every file that a run can reach, without comments and types. */
export function modelVersion(root: string): string {
  const closure = importClosure(root, entries(root));
  const hash = sha256.create();
  for (const [file, code] of [...closure].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // Lengths part the texts, so that moving a line from one file to the next does not go unseen.
    hash.update(utf8ToBytes(`${file}\n${code.length}\n${code}`));
  }
  return bytesToHex(hash.digest()).slice(0, 12);
}

export function modelVersionSource(version: string): string {
  return `/** Written by \`npm run model-version -- --write\`: a digest of the sources that a run depends on. */
export const MODEL_VERSION = '${version}';
`;
}

function entries(root: string): string[] {
  return readdirSync(path.join(root, 'src/run'), { recursive: true, encoding: 'utf8' })
    .map((name) => path.posix.join('src/run', name.split(path.sep).join('/')))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
}

/** Every file that `files` import, and they in turn, with the JavaScript it becomes. */
function importClosure(root: string, files: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (file === MODEL_VERSION_FILE || found.has(file)) continue;
    const code = compiled(path.join(root, file));
    found.set(file, code);
    // Imports of types are gone from the compiled code: they cannot change what a run does. Packages are left out,
    // since their versions are the lockfile's.
    for (const { fileName } of ts.preProcessFile(code).importedFiles) {
      if (fileName.startsWith('.')) waiting.push(path.posix.join(path.posix.dirname(file), fileName));
    }
  }
  return found;
}

function compiled(file: string): string {
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  if (!file.endsWith('.ts')) return text; // a table
  return ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: true,
      newLine: ts.NewLineKind.LineFeed,
    },
  }).outputText;
}
