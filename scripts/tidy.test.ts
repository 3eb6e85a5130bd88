/** The house rules of STYLE.md that a machine can check. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Imports go down only: a package may import those of a lower number. */
const LAYERS: Readonly<Record<string, number>> = {
  kernel: 0,
  contracts: 1,
  spec: 1,
  devchain: 1,
  chain: 2,
  keys: 2,
  detect: 3,
  consensus: 3,
  respond: 4,
  deploy: 5,
  node: 5,
  drills: 6,
  sim: 6,
  cli: 7,
}
/** The simulator is no part of the product: but for tests, only its own command loads it, and only when it runs. */
const SIM_COMMAND = 'packages/cli/src/command/sim.ts'
/** Below `node` only these may touch the world. */
const ADAPTERS = [/^packages\/chain\/src\/rpc\//, /^packages\/keys\/src\/worker\//, /^packages\/devchain\//]
const WORLD =
  /\b(?:fetch\(|Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|process\.(?!versions)|performance\.now)|from 'node:(?:fs|net|http|https|tls|dgram|child_process|worker_threads|os|timers|dns|readline)/

function listFiles(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    if (/^(node_modules|out|cache|generated|\..*)$/.test(name)) return []
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return listFiles(path, pattern)
    return pattern.test(name) ? [path] : []
  })
}

const packages = readdirSync(join(root, 'packages'))
const read = (path: string) => readFileSync(path, 'utf8')
const name = (path: string) => relative(root, path).replaceAll('\\', '/')
const isTest = (path: string) => /\.(test|test-d|bench)\.ts$/.test(path) || /\/test\//.test(path)
const sources = packages.flatMap((pkg) => listFiles(join(root, 'packages', pkg), /\.(ts|mjs)$/))
const shipped = sources.filter((path) => !isTest(path))
const packageOf = (path: string) => name(path).split('/')[1] ?? ''

const importsOf = (path: string): string[] =>
  [
    ...read(path).matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+'([^']+)'|import\(\s*'([^']+)'|(?:^|\n)import\s+'([^']+)'|new URL\(\s*'(\.[^']+\.(?:m?js|ts))'/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? '')

const manifest = (pkg: string) => JSON.parse(read(join(root, 'packages', pkg, 'package.json')))

/** The file that an import means; `null` for one outside the house. */
function target(path: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return resolve(dirname(path), specifier)
  const match = /^@breakwater\/([^/]+)(\/.*)?$/.exec(specifier)
  if (!match?.[1]) return null
  if (match[1] === 'contracts') return join(root, 'contracts', 'generated', `${match[2]?.slice(1)}.ts`)
  const entry = manifest(match[1]).exports?.[`.${match[2] ?? ''}`]
  return entry === undefined ? null : join(root, 'packages', match[1], entry)
}

const graph = new Map(
  sources.map((path) => [path, importsOf(path).flatMap((specifier) => target(path, specifier) ?? [])]),
)

describe('imports', () => {
  it('go down only, and siblings of a layer do not meet', () => {
    const wrong = shipped.flatMap((path) =>
      importsOf(path).flatMap((specifier) => {
        const to = /^@breakwater\/([^/]+)/.exec(specifier)?.[1]
        const from = packageOf(path)
        if (to === undefined || to === from) return []
        return (LAYERS[to] ?? 99) < (LAYERS[from] ?? 99) ? [] : [`${name(path)} imports ${specifier}`]
      }),
    )
    expect(wrong).toEqual([])
  })

  it('bring in the simulator nowhere but in its command, lazily', () => {
    const users = shipped.filter(
      (path) => packageOf(path) !== 'sim' && importsOf(path).includes('@breakwater/sim'),
    )
    expect(users.map(name)).toEqual([SIM_COMMAND])
    expect(read(join(root, SIM_COMMAND))).not.toMatch(/from '@breakwater\/sim'/)
  })

  it('name files that exist, and stay inside their package unless by its name', () => {
    const wrong = [...graph].flatMap(([path, targets]) =>
      targets.flatMap((to) => {
        if (!existsSync(to)) return [`${name(path)} imports ${name(to)}, which is not there`]
        return []
      }),
    )
    const outside = sources.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(dirname(path), specifier))
        .filter((to) => packageOf(to) !== packageOf(path))
        .map((to) => `${name(path)} reaches into ${name(to)}`),
    )
    expect([...wrong, ...outside]).toEqual([])
  })

  it('make no circle, type imports included', () => {
    const done = new Set<string>()
    const circles: string[] = []
    const visit = (path: string, trail: string[]) => {
      if (trail.includes(path))
        circles.push([...trail.slice(trail.indexOf(path)), path].map(name).join(' → '))
      if (done.has(path) || trail.includes(path)) return
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
    expect(circles).toEqual([])
  })

  it('use only declared dependencies, and declare only used ones', () => {
    const wrong = packages.flatMap((pkg) => {
      const { dependencies = {}, devDependencies = {} } = manifest(pkg)
      const used = (paths: string[]) =>
        new Set(
          paths
            .flatMap((path) => [
              ...importsOf(path),
              ...[...read(path).matchAll(/(?:\)|\b(?:import|require|resolve))\('([^'.][^']*)'\)/g)].map(
                (m) => m[1] ?? '',
              ),
            ])
            .filter((specifier) => /^@?[a-z]/.test(specifier) && !specifier.startsWith('node:'))
            .map((specifier) =>
              specifier
                .split('/')
                .slice(0, specifier.startsWith('@') ? 2 : 1)
                .join('/'),
            ),
        )
      const own = sources.filter((path) => packageOf(path) === pkg)
      const inCode = used(own.filter((path) => !isTest(path)))
      const inTests = used(own)
      const known = new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)])
      const rootDev = Object.keys(JSON.parse(read(join(root, 'package.json'))).devDependencies)
      return [
        ...[...inCode]
          .filter((dep) => dep in { ...dependencies } === false && isPackage(dep))
          .map((dep) => `${pkg} uses ${dep} undeclared`),
        ...[...inTests]
          .filter((dep) => isPackage(dep) && !known.has(dep) && !rootDev.includes(dep))
          .map((dep) => `${pkg}'s tests use ${dep} undeclared`),
        ...Object.keys(dependencies)
          .filter((dep) => !inCode.has(dep))
          .map((dep) => `${pkg} declares ${dep} unused`),
        ...Object.keys(devDependencies)
          .filter((dep) => !inTests.has(dep))
          .map((dep) => `${pkg} declares ${dep} for tests unused`),
      ]
    })
    expect(wrong).toEqual([])
  })
})

const isPackage = (specifier: string) =>
  existsSync(join(root, 'node_modules', specifier)) || specifier.startsWith('@breakwater/')

describe('files', () => {
  it('below node touch the world only in the named adapters', () => {
    const wrong = shipped
      .filter(
        (path) =>
          (LAYERS[packageOf(path)] ?? 99) < 5 && !ADAPTERS.some((adapter) => adapter.test(name(path))),
      )
      .flatMap((path) =>
        withoutComments(read(path))
          .split('\n')
          .flatMap((line, index) => (WORLD.test(line) ? [`${name(path)}:${index + 1} ${line.trim()}`] : [])),
      )
    expect(wrong).toEqual([])
  })

  it('have at most 350 lines, half of them at most 100', () => {
    const sizes = shipped.map((path) => ({ path: name(path), lines: read(path).split('\n').length - 1 }))
    sizes.sort((a, b) => a.lines - b.lines)
    expect(sizes.filter(({ lines }) => lines > 350)).toEqual([])
    expect(sizes[Math.floor(sizes.length / 2)]?.lines).toBeLessThanOrEqual(100)
  })

  it('have functions of at most 70 lines', () => {
    const contracts = listFiles(join(root, 'contracts', 'src'), /\.sol$/)
    expect([...shipped, ...contracts].flatMap((path) => longFunctions(path))).toEqual([])
  })

  it('are all reached from an entry point', () => {
    const entries = packages.flatMap((pkg) => {
      const { exports = {}, bin = {} } = manifest(pkg)
      return [...Object.values(exports), ...Object.values(bin)].map((path) =>
        join(root, 'packages', pkg, String(path)),
      )
    })
    const reached = new Set<string>()
    const visit = (path: string) => {
      if (reached.has(path)) return
      reached.add(path)
      for (const next of graph.get(path) ?? []) visit(next)
    }
    for (const path of entries) visit(path)
    const scripts = /\/(scripts|bench|test)\//
    expect(shipped.filter((path) => !reached.has(path) && !scripts.test(path)).map(name)).toEqual([])
  })

  it('have names of one kind: camelCase files, one-word folders, index.ts only as an entry', () => {
    const wrong = sources.flatMap((path) => {
      const parts = name(path).split('/').slice(2)
      const file = parts.pop() ?? ''
      const entry = Object.values(manifest(packageOf(path)).exports ?? {}).includes(
        `./${[...parts, file].join('/')}`,
      )
      return [
        ...parts.filter(
          (folder) => !/^[a-z]+$/.test(folder) || /^(utils?|common|helpers?|misc)$/.test(folder),
        ),
        ...(/^[a-z][a-zA-Z0-9]*(\.(test|integration\.test|sim\.test|e2e\.test|bench))?\.(ts|mjs)$/.test(file)
          ? []
          : [file]),
        ...(file === 'index.ts' && !entry ? ['index.ts'] : []),
      ].map((bad) => `${name(path)}: ${bad}`)
    })
    expect(wrong).toEqual([])
  })

  it('speak of errors that have a page', () => {
    const pages = shipped.flatMap((path) =>
      [...read(path).matchAll(/docsPath: '([^']+)'/g)].map((match) => match[1] ?? ''),
    )
    expect(pages.filter((page) => !existsSync(join(root, 'docs', `${page.split('#')[0]}.md`)))).toEqual([])
  })
})

describe('dependencies', () => {
  it('are pinned exactly', () => {
    const manifests = [JSON.parse(read(join(root, 'package.json'))), ...packages.map(manifest)]
    const loose = manifests.flatMap(({ name: pkg, dependencies = {}, devDependencies = {} }) =>
      Object.entries({ ...dependencies, ...devDependencies })
        .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))
        .map(([dep, version]) => `${pkg}: ${dep} ${version}`),
    )
    expect(loose).toEqual([])
  })

  const lock = JSON.parse(read(join(root, 'package-lock.json')))
  const locked = Object.entries(lock.packages) as [string, Record<string, unknown>][]

  it('come from the registry, whichever it is: the lockfile records no address', () => {
    expect(
      locked.filter(([, { resolved }]) => /^\w+:/.test(String(resolved ?? ''))).map(([path]) => path),
    ).toEqual([])
  })

  it('are locked for every platform (after npm install: node scripts/lockfile.mjs)', () => {
    const missing = locked.flatMap(([, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies as object).filter((dep) => !(`node_modules/${dep}` in lock.packages)),
    )
    expect(missing).toEqual([])
  })

  it('have a licence that lets everybody use Breakwater', () => {
    const allowed =
      /^\(?(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|CC0-1\.0|BlueOak-1\.0\.0|Python-2\.0|MPL-2\.0|Unlicense)\b/
    const known = [
      // MIT by its README; it is older than the manifest's field.
      'node_modules/memorystream',
      // Apache-2.0; its manifest writes that with a space.
      'node_modules/@informalsystems/quint',
    ]
    const wrong = locked
      .filter(([path]) => !known.includes(path))
      .filter(
        ([path, { license, optional }]) =>
          path.includes('node_modules/') && !(optional && license === undefined),
      )
      .filter(([path, { license, link }]) => !link && !allowed.test(String(license)) && path !== '')
      .map(([path, { license }]) => `${path}: ${license}`)
    expect(wrong).toEqual([])
  })
})

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/^\s*\/\/.*$/gm, '')
}

/** Relies on the formatter: a function ends at the first `}` of its own indentation. */
function longFunctions(path: string): string[] {
  const lines = read(path).split('\n')
  return lines.flatMap((line, start) => {
    const opens =
      /^(\s*)(?!(?:if|for|while|switch|catch|else|describe|return|contract|interface|library|abstract)\b).*(?:function\b.*|=>\s*|\)\s*(?::[^=]*)?)\{$/.exec(
        line,
      )
    if (opens === null) return []
    const end = lines.findIndex((other, index) => index > start && other.startsWith(`${opens[1]}}`))
    return end - start + 1 > 70 ? [`${name(path)}:${start + 1} has ${end - start + 1} lines`] : []
  })
}
