/** Where forge's own binary is: npm's wrapper would stay behind when it is killed. */
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Root of the Foundry project. */
export const CONTRACTS = fileURLToPath(new URL('../contracts/', import.meta.url))

/** @throws Error when no binary is installed for this platform. */
export function forgeBinary(): string {
  const name = `@foundry-rs/forge-${platform()}-${arch() === 'x64' ? 'amd64' : arch()}`
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/forge${platform() === 'win32' ? '.exe' : ''}`)
  } catch {
    throw new Error(`${name} is not installed: run npm ci, on a platform that forge is published for`)
  }
}
