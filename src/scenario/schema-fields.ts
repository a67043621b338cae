import { scenarioSchema } from './schema.ts';

/** A field of a scenario as `--set` needs to know it, read off the one schema. */
export type SchemaField = {
  /** May be left out; its default then holds. */
  readonly optional: boolean;
  readonly type: 'text' | 'number' | 'flag' | 'choice' | 'structure';
  readonly options: readonly (string | number | boolean)[];
  /** Names of the fields inside a structure that has named ones. */
  readonly inside: readonly string[];
};

/** A schema node as far as it is read here; valibot's own types are generic in everything. */
type Node = {
  readonly type: string;
  readonly wrapped?: Node;
  readonly entries?: Readonly<Record<string, Node>>;
  readonly item?: Node;
  readonly options?: readonly (string | number | boolean)[];
  readonly literal?: string | number | boolean;
};
const ROOT = scenarioSchema as unknown as Node;

/** The field at a path, or null when the schema has none there. Any index is a step into a list. */
export function fieldAt(path: readonly string[]): SchemaField | null {
  let node: Node | undefined = ROOT;
  for (const step of path) {
    node = inner(unwrapped(node), step);
    if (node === undefined) return null;
  }
  return described(node);
}

function inner(node: Node, step: string): Node | undefined {
  if (node.entries !== undefined) return Object.hasOwn(node.entries, step) ? node.entries[step] : undefined;
  return /^\d{1,4}$/.test(step) ? node.item : undefined;
}

/** Without the layers that only say that something may be missing. */
function unwrapped(node: Node): Node {
  return node.wrapped === undefined ? node : unwrapped(node.wrapped);
}

function described(node: Node): SchemaField {
  const core = unwrapped(node);
  const options = core.options ?? (core.literal === undefined ? [] : [core.literal]);
  return {
    optional: node.wrapped !== undefined,
    type: typeOf(core),
    options,
    inside: Object.keys(core.entries ?? {}),
  };
}

function typeOf(node: Node): SchemaField['type'] {
  switch (node.type) {
    case 'number':
      return 'number';
    case 'boolean':
      return 'flag';
    case 'string':
      return 'text';
    case 'picklist':
    case 'literal':
      return 'choice';
    default:
      return 'structure';
  }
}

/** The steps of a dotted path. Names of costs have dots of their own. */
export function stepsOf(path: string): readonly string[] {
  const [head = '', ...rest] = path.split('.');
  return head === 'costs' && rest.length > 0 ? [head, rest.join('.')] : [head, ...rest];
}

/** Dotted paths of all fields that are no structure; lists have as many elements as `lengths` says. */
export function leafPaths(lengths: { readonly files: number; readonly actors: number }): readonly string[] {
  const walk = (node: Node, path: string): string[] => {
    const core = unwrapped(node);
    if (core.entries !== undefined)
      return Object.entries(core.entries).flatMap(([name, field]) =>
        walk(field, path === '' ? name : `${path}.${name}`),
      );
    if (core.item === undefined) return [path];
    const { item } = core;
    // Lists inside jobs (sizes, CPUs) are set as a whole.
    const length = path === 'files' ? lengths.files : path === 'actors' ? lengths.actors : 0;
    return length === 0 ? [path] : Array.from({ length }, (_, i) => walk(item, `${path}.${i}`)).flat();
  };
  return walk(ROOT, '');
}
