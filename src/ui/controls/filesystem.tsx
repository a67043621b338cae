import { useState, type ReactNode } from 'react';
import { cachedSchema, extentSchema, fileSchema } from '../../scenario/schema-file.ts';
import { useApp } from '../page.tsx';
import { Fields } from './fields.tsx';
import { IN_TASK_SWITCHES } from './in-task.tsx';
import { SwitchesOf } from './kernel.tsx';
import { List } from './list.tsx';
import { Section } from './section.tsx';
import { Shortcut } from './shortcut.tsx';

/** What the filesystem has: the files, one at a time; the shortcuts are about the file of the first job. */
export function Filesystem(): ReactNode {
  const files = useApp((s) => s.version.scenario.files);
  const [wanted, setWanted] = useState(0);
  const index = Math.min(wanted, files.length - 1);
  const file = files[index];
  if (file === undefined) return null;
  const path = ['files', index];
  const length = Math.max(file.size_bytes, 4096);
  return (
    <Section title="Filesystem" open>
      {files.length > 1 && (
        <label className="field field-choice">
          <span>File</span>
          <select value={index} onChange={(event) => setWanted(Number(event.target.value))}>
            {files.map(({ id }, i) => (
              <option key={id} value={i}>
                {id}
              </option>
            ))}
          </select>
        </label>
      )}
      <Fields schema={fileSchema} path={path} names={['filesystem']} />
      <Shortcut id="extentState" />
      <Shortcut id="append" />
      <Shortcut id="cached" />
      <Fields schema={fileSchema} path={path} names={['dirty_inode', 'old_mtime', 'overlay']} />
      {file.filesystem === 'iomap' && <Fields schema={fileSchema} path={path} names={['force_wait']} />}
      {file.filesystem === 'ext4' && <Fields schema={fileSchema} path={path} names={['data_err']} />}
      {file.filesystem === 'zonefs' && <Fields schema={fileSchema} path={path} names={['conventional']} />}
      <SwitchesOf owner="filesystem" but={IN_TASK_SWITCHES} />
      <details className="more">
        <summary>More of the file</summary>
        <Fields schema={fileSchema} path={path} names={['size_bytes', 'large_folios', 'fail_mapping']} />
      </details>
      <List
        schema={fileSchema.entries.extents}
        item={extentSchema}
        path={[...path, 'extents']}
        noun="extent"
        fresh={{ offset_bytes: 0, length_bytes: length, state: 'unwritten' }}
      />
      <List
        schema={fileSchema.entries.cached}
        item={cachedSchema}
        path={[...path, 'cached']}
        noun="range"
        fresh={{ offset_bytes: 0, length_bytes: length }}
      />
    </Section>
  );
}
