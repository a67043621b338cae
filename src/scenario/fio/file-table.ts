import { LIMITS } from '../limits.ts';

const BLOCK = 4096;

/** The files that jobs name, each as large as its furthest region. */
export class FileTable {
  private readonly ids = new Map<string, string>();
  private readonly sizes = new Map<string, number>();
  private shared = false;

  /** The id of the file with this path, which must hold at least `bytes`. */
  use(path: string, bytes: number): string {
    const id = this.ids.get(path) ?? this.add(path);
    this.sizes.set(id, Math.max(this.sizes.get(id) ?? 0, Math.ceil(bytes / BLOCK) * BLOCK));
    return id;
  }

  list(): { id: string; size_bytes: number }[] {
    return [...this.sizes].map(([id, size_bytes]) => ({
      id,
      size_bytes: Math.min(size_bytes, LIMITS.file_bytes),
    }));
  }

  remarks(): readonly string[] {
    return this.shared ? [`jobs beyond the limit of ${LIMITS.files} files share files with others`] : [];
  }

  private add(path: string): string {
    const ids = [...this.sizes.keys()];
    this.shared ||= ids.length >= LIMITS.files;
    const id = (this.shared ? ids[this.ids.size % ids.length] : undefined) ?? this.freeId(path);
    this.ids.set(path, id);
    return id;
  }

  /** The last part of the path; a number tells two of the same name apart. */
  private freeId(path: string): string {
    const last =
      path
        .replace(/\\/g, '')
        .split('/')
        .findLast((part) => part !== '') ?? 'file';
    const base = last.replace(/\s/gu, '_').slice(0, 50);
    let id = base;
    for (let n = 2; this.sizes.has(id); n++) id = `${base}-${n}`;
    return id;
  }
}
