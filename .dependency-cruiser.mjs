/**
 * The import arrows: a file imports only along its folder's arrow, types included. CONTRIBUTING.md draws them.
 * What an entry says is all that a folder may reach besides itself; anything may import base.
 * @type {Record<string, string[]>}
 */
const ARROWS = {
  base: [],
  log: [],
  engine: ['log'],
  kernel: ['engine', 'log'],
  scenario: ['kernel:shared'],
  analysis: ['log', 'kernel:shared'],
  run: ['scenario', 'kernel', 'engine', 'analysis', 'log'],
  trace: ['log'],
  experiment: ['analysis', 'scenario', 'kernel:shared'],
  link: ['scenario'],
  conform: ['run', 'trace', 'link', 'analysis', 'scenario', 'kernel:shared', 'log'],
  worker: [
    'conform',
    'experiment',
    'link',
    'trace',
    'run',
    'analysis',
    'scenario',
    'kernel',
    'engine',
    'log',
  ],
  cli: ['conform', 'experiment', 'link', 'trace', 'run', 'analysis', 'scenario', 'kernel', 'engine', 'log'],
  timeline: ['analysis', 'log'],
  machine: ['analysis', 'log'],
  state: ['worker:client', 'experiment', 'link', 'scenario', 'analysis', 'kernel:shared', 'log'],
  ui: ['state', 'experiment', 'timeline', 'machine', 'analysis', 'scenario', 'kernel:shared', 'log'],
};

/**
 * The parts of a folder that its neighbours may see where the whole is not theirs. The folders below src/kernel that
 * mirror the kernel tree hold its functions, which only a run may enter; the files on top and rules/ are what can be
 * shown and chosen: switches, named kernels, revisions, costs, rules with their texts and sources.
 * @type {Record<string, string>}
 */
const PARTS = {
  'kernel:shared': '^src/kernel/([^/]+$|rules/)',
  'worker:client': '^src/worker/client[^/]*$',
};

const TEST = '[.]test[.]tsx?$';
/** Files that something outside the import graph starts. */
const ENTRY = [
  '^src/(ui/main[.]tsx|cli/(main|[^/]*-worker)[.]ts|worker/worker[^/]*[.]ts)$',
  '^(tools|bench)/[^/]+[.]ts$',
  '^tools/eslint/',
  '^e2e/[^/]+[.](spec|setup)[.]ts$',
  '[.]d[.]ts$',
  TEST,
];

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const arrows = Object.entries(ARROWS).map(([folder, targets]) => ({
  name: `arrow-${folder}`,
  comment: `src/${folder} may import only: ${[...targets, 'base'].join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: {
    path: '^src/',
    pathNot: [folder, 'base', ...targets].map((target) => PARTS[target] ?? `^src/${target}/`),
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...arrows,
    {
      name: 'no-folder-without-arrow',
      comment: 'A new folder of src gets its arrow in .dependency-cruiser.mjs first.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: `^src/(${Object.keys(ARROWS).join('|')})/` },
    },
    {
      name: 'no-cycle',
      comment: 'A cycle is a question about the design.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'Nothing imports this file, tests included: dead code.',
      severity: 'error',
      from: {},
      module: { path: '^(src|tools|e2e)/', pathNot: ENTRY, numberOfDependentsLessThan: 1 },
    },
    {
      name: 'no-import-of-tests',
      comment: 'A test imports; nothing imports a test.',
      severity: 'error',
      from: {},
      to: { path: [TEST, '^e2e/[^/]+[.]spec[.]ts$'] },
    },
    {
      name: 'no-src-to-tools',
      comment: 'The tools check the project; the project does not lean on them.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { path: '^(tools|e2e|bench|tables)/' },
    },
    {
      name: 'no-node-in-the-page',
      comment: 'Only the command line and the tests run in Node, so only they import its modules.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TEST, '^src/cli/'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-dev-dependency-in-src',
      comment: 'What is shipped imports dependencies, not devDependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['npm'],
        pathNot: '/node_modules/@types/|^node_modules/@types/',
      },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    // bench/peers is a package of its own, whose dependencies are not installed here.
    exclude: { path: '^(dist|coverage|test-results|playwright-report|bench/peers)/|[.]css$' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
