#!/usr/bin/env node
/**
 * What `npm start`, `npm test` and `npm run check` run. It has no dependencies of its own: on a fresh machine it
 * installs, by the committed lockfile, what is missing or out of date, then goes on.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [command = 'help', ...args] = process.argv.slice(2)

const say = (line) => process.stderr.write(`${line}\n`)

function fail(line, code = 2) {
  say(line)
  process.exit(code)
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(
    `Breakwater needs Node 20.19 or later; this is ${process.versions.node}. Install it from https://nodejs.org`,
  )
}

/** npm itself, as the one that started us where there is one: works without a shell on every platform. */
function npm(...words) {
  const cli = process.env.npm_execpath
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], shell: cli === undefined }
  return cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...words], options)
    : spawnSync('npm', words, { ...options, shell: process.platform === 'win32' })
}

/** Installs exactly the lockfile when it changed since the last time. */
function install() {
  const stampPath = join(root, 'node_modules', '.breakwater-stamp')
  const stamp = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return
  say('Installing dependencies (once for each version of package-lock.json) …')
  const { status } = npm('ci', '--no-audit', '--no-fund')
  if (status !== 0) fail('npm ci failed: see above. Is the npm registry reachable?', 75)
  writeFileSync(stampPath, stamp)
}

const bin = (name) => join(root, 'node_modules', name)
const node = (...words) => [process.execPath, ...words]
const LINT = ['lint', node(bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.')]
const TYPES = ['types', node(bin('typescript/bin/tsc'), '-p', '.')]
const CONTRACTS = ['contracts', node('--import', 'tsx', 'scripts/contracts.ts')]
const PROOFS = ['proofs', node('--import', 'tsx', 'scripts/proofs.ts')]
const MODELS = ['models', node('--import', 'tsx', 'scripts/models.ts')]
const MUTANTS = ['mutants', node('--import', 'tsx', 'scripts/mutate.ts', '--sample', '30')]
const TESTS = ['tests', node(bin('vitest/vitest.mjs'), 'run')]

function runSteps(steps) {
  for (const [name, [program, ...words]] of steps) {
    const startedMs = Date.now()
    say(`\n▸ ${name}`)
    const { status, signal } = spawnSync(program, words, { cwd: root, stdio: 'inherit' })
    if (status !== 0) fail(`✗ ${name} failed${signal ? ` (${signal})` : ''}`, 1)
    say(`✓ ${name} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`)
  }
}

const withWords = ([name, words], ...more) => [name, [...words, ...more]]

requireNode()
if (command === 'start') {
  install()
  process.argv = [process.argv[0], process.argv[1], 'devnet', ...args]
  await import('../packages/cli/bin/breakwater.mjs')
} else if (command === 'test') {
  install()
  // With words after it, `npm test -- packages/spec` runs just those tests.
  if (args.length > 0) runSteps([withWords(TESTS, ...args)])
  else {
    runSteps([
      LINT,
      TYPES,
      withWords(CONTRACTS, 'check'),
      withWords(CONTRACTS, 'test'),
      PROOFS,
      MODELS,
      TESTS,
      MUTANTS,
    ])
  }
} else if (command === 'check') {
  install()
  runSteps([LINT, TYPES])
} else {
  fail('usage: npm start | npm test [-- FILE…] | npm run check')
}
