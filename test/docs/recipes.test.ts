import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fences, page, root } from './markdown.js'

const recipes = ['add-an-engine', 'add-an-auth-method', 'add-a-storage', 'add-a-bot-command', 'add-an-error']

const diffOf = (recipe: string) => {
  const found = fences(page(`docs/recipes/${recipe}.md`)).filter(({ language }) => language === 'diff')
  expect(found.length, `${recipe} ends in one diff`).toBe(1)
  return found[0]?.body ?? ''
}

const touched = (diff: string) => [...diff.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, file = '']) => file)
const packagesOf = (files: readonly string[]) => [...new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))]

/** A kitchen holds the packages that a recipe touches, with its diff applied; all else it takes from the repository. */
interface Kitchen {
  readonly folder: string
  readonly files: readonly string[]
}

let kitchens: string
let cooked: readonly Kitchen[]
beforeAll(() => {
  kitchens = mkdtempSync(join(tmpdir(), 'chatelaine-recipes-'))
  symlinkSync(join(root, 'node_modules'), join(kitchens, 'node_modules'))
  writeFileSync(join(kitchens, 'vitest.config.mjs'), `export default {
    resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } },
    test: { include: ['*/{packages,apps}/*/src/**/*.test.ts'], maxWorkers: 2 },
  }`)
  cooked = recipes.map(cook)
})
afterAll(() => rmSync(kitchens, { recursive: true, force: true }))

function cook(recipe: string): Kitchen {
  const diff = diffOf(recipe)
  const files = touched(diff)
  const folder = join(kitchens, recipe)
  mkdirSync(folder)
  for (const one of packagesOf(files)) {
    const source = (from: string) => !/\/(dist|node_modules|tsconfig\.json|tsconfig\.tsbuildinfo)$/.test(from)
    cpSync(join(root, one), join(folder, one), { recursive: true, filter: source })
  }
  try {
    execFileSync('git', ['apply', '--whitespace=error', '-'], { cwd: folder, input: diff, stdio: 'pipe' })
  } catch (cause) {
    throw new Error(`the diff of docs/recipes/${recipe}.md does not apply any more`, { cause })
  }
  return { folder, files }
}

/** The source of one of our packages as somebody in a kitchen sees it, if that kitchen has it. */
function ownSource(name: string, from: string): string | undefined {
  const kitchen = cooked.find(({ folder }) => from.startsWith(`${folder}/`))
  const own = kitchen && packagesOf(kitchen.files).find((one) => name === `@chatelaine/${one.split('/')[1]}`)
  return own && join(kitchen.folder, own, 'src/index.ts')
}

/** What the compiler has to say about the files of all recipes. One program for all: libraries are read once. */
function complaints(): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), (file) => ts.sys.readFile(file)) as { config: unknown }
  const settings: ts.CompilerOptions = { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, noEmit: true, composite: false }
  const host = ts.createCompilerHost(settings)
  host.getCurrentDirectory = () => kitchens
  const cache = ts.createModuleResolutionCache(kitchens, (name) => name, settings)
  host.resolveModuleNameLiterals = (literals, from, ...[redirected, options, source]) =>
    literals.map((literal) => {
      const own = ownSource(literal.text, from)
      if (own) return { resolvedModule: { resolvedFileName: own, extension: ts.Extension.Ts } }
      return ts.resolveModuleName(literal.text, from, options, host, cache, redirected, ts.getModeForUsageLocation(source, literal, options))
    })
  const files = cooked.flatMap(({ folder, files: some }) => some.map((file) => join(folder, file)))
  const program = ts.createProgram(files, settings, host)
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start }) => `${relative(kitchens, file)}:${start} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    )
  })
}

describe('the recipes', { timeout: 120_000 }, () => {
  it('end in diffs that apply, each with one test', () => {
    expect(cooked.map(({ files }) => files.filter((file) => file.endsWith('.test.ts')).length)).toEqual(recipes.map(() => 1))
  })

  it('compile', () => {
    expect(complaints()).toEqual([])
  })

  it('have tests that pass', () => {
    const tests = cooked.map(({ folder, files }) => relative(kitchens, join(folder, files.find((file) => file.endsWith('.test.ts')) ?? '')))

    const said = execFileSync(join(root, 'node_modules/.bin/vitest'), ['run', '--root', kitchens, ...tests], { stdio: 'pipe', encoding: 'utf8' })

    expect(said).toMatch(new RegExp(`Test Files .*${recipes.length} passed`))
  })
})
