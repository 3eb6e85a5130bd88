/**
 * The contracts' tool chain: `node --import tsx scripts/contracts.ts COMMAND`
 *
 *   build         compiles contracts/src and writes typed ABIs and bytecode to contracts/generated
 *   check         compiles into a temporary folder; fails when contracts/generated differs
 *   check --fast  the same without compiling, from the hashes that the last build left
 *   test [...]    runs forge's tests; further arguments go to `forge test`
 *   test --ci     the same with the larger budget of the profile `ci`
 *   test --deep   the same with the profile `deep`: 10,000 fuzz runs, long invariant runs
 *   coverage      what the tests reach, compiled without the optimizer
 */
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { forgeBinary, CONTRACTS as ROOT } from './forge.ts'

const GENERATED = join(ROOT, 'generated')
const MANIFEST = 'manifest.json'
/** Interfaces that other people's contracts implement; of our own contracts, what is deployed is enough. */
const INTERFACES = ['AggregatorV3Interface', 'IBrakeTarget']

/** Hashes by which a fast check tells that the generated files are those of the sources. */
interface Manifest {
  inputs: string
  outputs: Readonly<Record<string, string>>
}

const sha256 = (text: string): string =>
  createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')

/** A failure that needs no stack trace. */
function fail(message: string): never {
  process.stderr.write(`contracts: ${message}\n`)
  process.exit(1)
}

function forge(args: readonly string[], profile = process.env.FOUNDRY_PROFILE ?? 'default'): void {
  const env = { ...process.env, FOUNDRY_PROFILE: profile }
  const { status, error } = spawnSync(binary(), args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] })
  if (error !== undefined) fail(`forge did not start: ${error.message}`)
  if (status !== 0) fail(`forge ${args[0]} failed`)
}

function binary(): string {
  try {
    return forgeBinary()
  } catch (error) {
    return fail((error as Error).message)
  }
}

/** Paths of all sources, relative to contracts/, in an order that is the same everywhere. */
function sourcePaths(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sol'))
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .sort()
}

/** Hash of everything that the generated files follow from. */
function inputsHash(): string {
  const require = createRequire(import.meta.url)
  const versions = ['solc', '@openzeppelin/contracts'].map((name) => require(`${name}/package.json`).version)
  const files = [...sourcePaths(), 'foundry.toml', '../scripts/contracts.ts', '../scripts/solc.mjs']
  return sha256(
    [...versions, ...files.map((path) => sha256(readFileSync(join(ROOT, path), 'utf8')))].join('\n'),
  )
}

/** The module for one contract, or `null` for a source that nobody deploys or calls. */
function moduleOf(path: string, out: string): string | null {
  const name = basename(path, '.sol')
  const kind = new RegExp(`^(abstract contract|contract|interface|library) ${name}\\b`, 'm')
    .exec(readFileSync(join(ROOT, path), 'utf8'))
    ?.at(1)
  if (kind === undefined) fail(`${path} declares no ${name}: a file bears the name of what it declares`)
  if (kind !== 'contract' && !INTERFACES.includes(name)) return null

  const artifact = JSON.parse(readFileSync(join(out, `${name}.sol`, `${name}.json`), 'utf8'))
  // How Solidity calls its types inside; nobody outside needs it.
  const withoutInternalType = (key: string, value: unknown) => (key === 'internalType' ? undefined : value)
  const items = artifact.abi.map((item: object) => `  ${JSON.stringify(item, withoutInternalType)},\n`)
  const symbol = `${name.charAt(0).toLowerCase()}${name.slice(1)}`
  const lines = [
    `// Generated from contracts/${path} by scripts/contracts.ts. Do not edit.\n\n`,
    `export const ${symbol}Abi = [\n${items.join('')}] as const\n`,
  ]
  if (kind === 'contract') {
    lines.push(`\nexport const ${symbol}Bytecode: \`0x\${string}\` =\n  '${artifact.bytecode.object}'\n`)
  }
  return lines.join('')
}

/** Compiles into `work` and returns the generated files by name, the manifest included. */
function generate(work: string): Map<string, string> {
  const out = join(work, 'out')
  forge(['build', 'src', '--out', out, '--cache-path', join(work, 'cache')])
  const files = new Map<string, string>()
  for (const path of sourcePaths()) {
    const text = moduleOf(path, out)
    if (text !== null) files.set(`${basename(path, '.sol')}.ts`, text)
  }
  const manifest: Manifest = {
    inputs: inputsHash(),
    outputs: Object.fromEntries([...files].map(([name, text]) => [name, sha256(text)])),
  }
  return files.set(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`)
}

function build(): void {
  const files = generate(ROOT)
  mkdirSync(GENERATED, { recursive: true })
  for (const name of readdirSync(GENERATED)) {
    if (!files.has(name)) rmSync(join(GENERATED, name))
  }
  for (const [name, text] of files) writeFileSync(join(GENERATED, name), text)
  process.stderr.write(`contracts: ${files.size - 1} modules written to contracts/generated\n`)
}

/** Names of the generated files that are missing, superfluous or different from `expected`. */
function differences(expected: ReadonlyMap<string, string>, hash: (text: string) => string): string[] {
  const present = existsSync(GENERATED) ? readdirSync(GENERATED) : []
  return [...new Set([...expected.keys(), ...present])].filter((name) => {
    const wanted = expected.get(name)
    if (wanted === undefined || !present.includes(name)) return true
    return hash(readFileSync(join(GENERATED, name), 'utf8')) !== wanted
  })
}

function check(): void {
  const work = mkdtempSync(join(tmpdir(), 'breakwater-contracts-'))
  process.on('exit', () => rmSync(work, { recursive: true }))
  report(differences(generate(work), (text) => text.replaceAll('\r\n', '\n')))
}

function checkFast(): void {
  const path = join(GENERATED, MANIFEST)
  if (!existsSync(path)) report([MANIFEST])
  const text = readFileSync(path, 'utf8')
  const manifest: Manifest = JSON.parse(text)
  if (manifest.inputs !== inputsHash()) report(['the sources or the compiler settings'])
  report(differences(new Map([...Object.entries(manifest.outputs), [MANIFEST, sha256(text)]]), sha256))
}

/** Ends the program when there is anything stale. */
function report(stale: readonly string[]): void {
  if (stale.length === 0) return
  fail(
    `contracts/generated is stale (${stale.join(', ')} changed): ` +
      'run node --import tsx scripts/contracts.ts build and commit the result',
  )
}

function test(args: readonly string[]): void {
  const profile = ['ci', 'deep'].find((name) => args.includes(`--${name}`))
  const words = args.filter((arg) => arg !== `--${profile}`)
  // Deep runs look elsewhere each time; the same place again with --fuzz-seed.
  if (profile === 'deep' && !words.includes('--fuzz-seed')) {
    const seed = `0x${randomBytes(16).toString('hex')}`
    process.stderr.write(`contracts: --fuzz-seed ${seed}\n`)
    words.push('--fuzz-seed', seed)
  }
  forge(['test', ...words], profile)
}

const [command, ...rest] = process.argv.slice(2)
if (command === 'build' && rest.length === 0) build()
else if (command === 'check' && rest.length === 0) check()
else if (command === 'check' && rest.join() === '--fast') checkFast()
else if (command === 'test') test(rest)
else if (command === 'coverage') forge(['coverage', ...rest])
else {
  process.stderr.write(
    'usage: node --import tsx scripts/contracts.ts build | check [--fast] | test [--ci | --deep] [forge arguments] | ' +
      'coverage [forge arguments]\n',
  )
  process.exit(2)
}
