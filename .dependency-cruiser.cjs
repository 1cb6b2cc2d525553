// Who may import whom. A package not named in a row is out of reach for it.
const mayImport = {
  sdk: [],
  hcl: [],
  crypto: [],
  lock: ['sdk'],
  etcd: ['sdk'],
  storage: ['sdk', 'lock', 'etcd'],
  barrier: ['sdk', 'crypto'],
  builtin: ['sdk', 'crypto'],
  sandbox: ['crypto'],
  core: ['sdk', 'crypto', 'barrier', 'hcl'],
  doors: ['sdk'],
  client: ['sdk'],
}

// Only the server chooses concrete things and joins them together.
const appMayImport = {
  server: Object.keys(mayImport),
  cli: ['sdk', 'client'],
  telega: ['sdk', 'client', 'crypto', 'lock'],
  etcd: ['sdk', 'etcd'],
  chatelaine: Object.keys(mayImport),
}

const only = (folder, names) => ({
  name: `${folder}-imports`,
  comment: `${folder} may import: ${names.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: '\\.(test|faults)\\.ts$' },
  to: { path: '^packages/', pathNot: [folder, ...names.map((name) => `packages/${name}`)].map((at) => `^${at}/`) },
})

// A client's users read engine declarations as types, which vanish when compiled.
const typesOfBuiltin = (folder) => ({
  name: `${folder}-takes-types-only-from-builtin`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: '\\.(test|faults)\\.ts$' },
  to: { path: '^packages/builtin/', dependencyTypesNot: ['type-only'] },
})

module.exports = {
  forbidden: [
    ...Object.entries(mayImport).map(([name, names]) => only(`packages/${name}`, names)),
    ...Object.entries(appMayImport).map(([name, names]) => only(`apps/${name}`, [...names, 'builtin'])),
    ...['apps/cli', 'apps/telega'].map(typesOfBuiltin),
    {
      name: 'nothing-imports-an-app',
      comment: 'But the one program, apps/chatelaine, which starts them by name (docs/decisions/0002).',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/', pathNot: '^apps/chatelaine/' },
      to: { path: '^apps/', pathNot: '^$1/$2/' },
    },
    {
      name: 'runs-anywhere',
      comment: 'Browsers and other runtimes load these, so nothing in them may need Node.',
      severity: 'error',
      from: { path: '^packages/(sdk|client|hcl)/', pathNot: ['\\.(test|faults)\\.ts$', '/testing/', '/src/node/'] },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'through-the-front-door',
      comment: 'Import a package by its name; its folders are its own.',
      severity: 'error',
      from: { path: '^(?:packages|apps)/([^/]+)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: ['^packages/$1/', '/src/(index|testing/index)\\.ts$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import'] },
    exclude: { path: '(^|/)(dist|bin)/' },
  },
}
