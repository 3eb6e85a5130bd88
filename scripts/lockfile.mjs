#!/usr/bin/env node
/**
 * Completes package-lock.json after a dependency changed: `npm install`, then `node scripts/lockfile.mjs`.
 *
 * Native tools come as one optional package per platform. npm leaves out of the lockfile those that a registry mirror
 * does not carry, and `npm ci` then refuses the lockfile on every platform. Each missing one is entered here by
 * version and platform, which is all npm needs to skip it elsewhere and to fetch it where it belongs.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(path, 'utf8'))

const OS = [
  'linux',
  'darwin',
  'win32',
  'android',
  'freebsd',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
  'openharmony',
]
const CPU = {
  x64: 'x64',
  amd64: 'x64',
  arm64: 'arm64',
  aarch64: 'arm64',
  ia32: 'ia32',
  arm: 'arm',
  riscv64: 'riscv64',
}

/** The platform that a package's name ends with; `null` when it names none. */
function platformOf(name) {
  const words = name.split('/').at(-1).split('-')
  const os = words.find((word) => OS.includes(word))
  const cpu = words
    .map((word) => CPU[word] ?? (/^(ppc64|s390x|loong64|mips)/.test(word) ? word : null))
    .find(Boolean)
  if (os === undefined) return null
  return { os: [os], ...(cpu ? { cpu: [cpu] } : {}), ...(words.includes('musl') ? { libc: ['musl'] } : {}) }
}

let added = 0
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    const platform = platformOf(name)
    if (lock.packages[key] !== undefined || platform === null || !/^\d/.test(version)) continue
    lock.packages[key] = { version, ...(entry.dev ? { dev: true } : {}), optional: true, ...platform }
    added++
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
process.stderr.write(`lockfile: ${added} platform packages added\n`)
