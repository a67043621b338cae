/** Prints the model version; with `--write`, also writes it where a run reads it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { MODEL_VERSION_FILE, modelVersion, modelVersionSource } from './sources.ts';

const root = path.resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const version = modelVersion(root);
if (values.write) writeFileSync(path.join(root, MODEL_VERSION_FILE), modelVersionSource(version));
process.stdout.write(`${version}\n`);
