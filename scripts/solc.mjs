#!/usr/bin/env node
/**
 * npm's Solidity compiler behind the command line that forge expects, so that a build needs nothing but `npm ci`:
 * `--version`, and standard JSON from stdin to stdout.
 *
 * Forge names some of the files above its root by their absolute path and some by a relative one. The compiler would
 * take these for different files, and the names would differ between machines; here all become relative to the root.
 */
import { createRequire } from 'node:module'
import { isAbsolute, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'

const solc = createRequire(import.meta.url)('solc')

function compile(request, root) {
  /** Short name → all the names by which forge asked for the file. */
  const names = new Map()
  const shorten = (name) => {
    const short = isAbsolute(name) ? relative(root, name).replaceAll('\\', '/') : name
    names.set(short, new Set(names.get(short)).add(name))
    return [short]
  }
  const restore = (short) => names.get(short) ?? [short]
  request.sources = renameKeys(request.sources, shorten)
  request.settings.outputSelection = renameKeys(request.settings.outputSelection, shorten)
  const answer = JSON.parse(solc.compile(JSON.stringify(request)))
  if (answer.sources !== undefined) answer.sources = renameKeys(answer.sources, restore)
  if (answer.contracts !== undefined) answer.contracts = renameKeys(answer.contracts, restore)
  return answer
}

function renameKeys(object, namesOf) {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]) => [...namesOf(name)].map((other) => [other, value])),
  )
}

const { values: options } = parseArgs({
  options: {
    version: { type: 'boolean' },
    'standard-json': { type: 'boolean' },
    'base-path': { type: 'string', default: process.cwd() },
    // Forge sends every source with the request, so nothing is read from disk and nothing needs to be allowed.
    'allow-paths': { type: 'string' },
  },
})

if (options.version) {
  // Forge knows the platforms of native builds only; the code generated is the same on all of them.
  const version = solc.version().replace('Emscripten.clang', 'Linux.g++')
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`)
} else if (options['standard-json']) {
  const request = JSON.parse(await text(process.stdin))
  process.stdout.write(JSON.stringify(compile(request, options['base-path'])))
} else {
  process.stderr.write('solc.mjs: use --version or --standard-json\n')
  process.exitCode = 2
}
