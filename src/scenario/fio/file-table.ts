import { LIMITS } from '../limits.ts';

const BLOCK = 4096;

/** The files that jobs name, each as large as its furthest region. */
export class FileTable {
  private readonly ids = new Map<string, string>();
  private readonly sizes = new Map<string, number>();
  /** Files that are modelled as a block device: only used through the page cache. */
  private readonly deviceIds = new Set<string>();
  private shared = false;

  /** The id of the file with this path, which must hold at least `bytes`; `direct`: it is used past the page cache. */
  use(path: string, bytes: number, direct: boolean): string {
    const isDevice = path.startsWith('/dev/') && !direct;
    const known = this.ids.get(path);
    const id = known ?? this.add(path);
    if (known === undefined && isDevice && !this.sizes.has(id)) this.deviceIds.add(id);
    else if (!isDevice) this.deviceIds.delete(id);
    this.sizes.set(id, Math.max(this.sizes.get(id) ?? 0, Math.ceil(bytes / BLOCK) * BLOCK));
    return id;
  }

  list(): { id: string; filesystem?: 'blkdev'; size_bytes: number }[] {
    return [...this.sizes].map(([id, size_bytes]) => ({
      id,
      ...(this.deviceIds.has(id) ? { filesystem: 'blkdev' as const } : {}),
      size_bytes: Math.min(size_bytes, LIMITS.file_bytes),
    }));
  }

  remarks(): readonly string[] {
    const devices =
      this.deviceIds.size === 0 ? [] : [`not a file but a block device: ${[...this.deviceIds].join(', ')}`];
    const shared = this.shared
      ? [`jobs beyond the limit of ${LIMITS.files} files share files with others`]
      : [];
    return [...devices, ...shared];
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
