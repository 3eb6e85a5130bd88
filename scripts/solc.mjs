#!/usr/bin/env node
/**
 * The Solidity compiler of npm's `solc` package behind the command line that forge expects, so that a build needs
 * nothing but `npm ci`: `--version`, and standard JSON from stdin to stdout.
 */
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const solc = createRequire(import.meta.url)('solc')
const args = process.argv.slice(2)

if (args.includes('--version')) {
  // Forge knows the platforms of native builds only; the code generated is the same on all of them.
  const version = solc.version().replace('Emscripten.clang', 'Linux.g++')
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`)
} else if (args.includes('--standard-json')) {
  // No import callback: forge puts every source into the request.
  process.stdout.write(solc.compile(await text(process.stdin)))
} else {
  process.stderr.write(`solc.mjs: "${args.join(' ')}" is not supported: use --version or --standard-json\n`)
  process.exitCode = 2
}
