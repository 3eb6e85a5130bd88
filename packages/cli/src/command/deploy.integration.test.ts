import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseBook } from '@breakwater/deploy'
import { type Anvil, startAnvil } from '@breakwater/devchain'
import { type Address, keccakText } from '@breakwater/kernel'
import { createLocalSigner, encryptKeystore } from '@breakwater/keys'
import { systemRng } from '@breakwater/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../test/recorder.ts'
import { EXIT, exitCodeOf } from '../terminal.ts'
import { deployCommand } from './deploy.ts'
import { initCommand } from './init.ts'

const KEY = keccakText('who deploys in tests')
const somebody = (n: number): Address => `0x${n.toString(16).padStart(40, 'c')}`
const CONFIG = `chainId: 31337
guardians: [${[1, 2, 3, 4].map((n) => `"${somebody(n)}"`).join(', ')}]
tokens: test
minStake: 10000
governance: { proposalThreshold: 10000, quorumFloor: 100000, underwriterFloor: 10000 }
council: { members: [${[5, 6, 7].map((n) => `"${somebody(n)}"`).join(', ')}], threshold: 2, termEnds: 2026-06-01 }
`
const HARBOR = `harbor: { reporter: "${somebody(8)}", prices: { BTC: 121662, ETH: 4368.1 } }\n`

let anvil: Anvil
let folder: string
beforeAll(async () => {
  anvil = await startAnvil({ timestampSeconds: 1_760_000_000 })
  folder = await mkdtemp(join(tmpdir(), 'breakwater-deploy-'))
  await writeFile(join(folder, 'deployer.json'), encryptKeystore(KEY, 'secret', systemRng))
  await writeFile(join(folder, 'password'), 'secret\n')
  await fetch(anvil.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'anvil_setBalance' },
      params: [createLocalSigner(KEY).address, '0x56bc75e2d63100000'],
    }),
  })
})
afterAll(async () => {
  await anvil?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function deploy(config: string, ...argv: string[]) {
  const file = join(folder, 'deployment.yaml')
  await writeFile(file, config)
  const files = ['--keystore', join(folder, 'deployer.json'), '--password-file', join(folder, 'password')]
  const out = ['--out', join(folder, 'addresses.json')]
  return run(deployCommand, '--config', file, '--rpc', anvil.url, ...files, ...out, ...argv)
}

describe('deploy', () => {
  it('shows first, then deploys, verifies, writes the book that init reads, and has nothing to do twice', async () => {
    const shown = await deploy(CONFIG + HARBOR, '--dry-run')
    expect(shown.error).toBeNull()
    expect(shown.notes).toMatch(/\d+ steps would be sent, 0 were done before/)
    await expect(readFile(join(folder, 'addresses.json'))).rejects.toThrow('ENOENT')
    const done = await deploy(CONFIG + HARBOR)
    expect(done.error).toBeNull()
    expect(done.out).toBe(shown.out)
    expect(done.notes).toContain('all verified')
    const book = parseBook(await readFile(join(folder, 'addresses.json'), 'utf8'))
    expect(Object.keys(book.contracts)).toEqual(
      expect.arrayContaining(['breaker', 'timelock', 'pool', 'perps']),
    )
    const again = await deploy(CONFIG + HARBOR)
    expect(again.notes).toMatch(/0 steps sent, all verified, \d+ were done before/)
    const drafted = await run(initCommand, '--book', join(folder, 'addresses.json'), '--rpc', anvil.url)
    expect(drafted.error).toBeNull()
    expect(drafted.out).toContain(`vault: { address: "eip155:31337:${book.contracts.vault}"`)
    expect(drafted.out).toContain('guardians: { registry:')
  })

  it.each([
    ['another chain', CONFIG.replace('31337', '1'), /is for chain 1, .* is on chain 31337/],
    [
      'a guardian that is no address',
      CONFIG.replace(somebody(1), '0x12'),
      /guardians\.0: must be an address/,
    ],
    ['a field nobody knows', `${CONFIG}owner: me\n`, /owner/],
    [
      'Harbor in real tokens',
      CONFIG.replace('test', `{ stake: "${somebody(1)}", vote: "${somebody(1)}", pool: "${somebody(1)}" }`) +
        HARBOR,
      /needs `tokens: test`/,
    ],
    [
      'tokens that are none',
      CONFIG.replace('test', `{ stake: "${somebody(1)}", vote: "${somebody(1)}", pool: "${somebody(1)}" }`),
      /tokens\.stake: .* is no ERC-20 token/,
    ],
    [
      'a council that cannot decide',
      CONFIG.replace('threshold: 2', 'threshold: 9'),
      /threshold: is 9, with 3 members/,
    ],
    ['no YAML', '{', /the deployment is not right/],
  ])('refuses %s', async (_what, config, reason) => {
    const { error } = await deploy(config)
    expect(String(error)).toMatch(reason)
    expect(exitCodeOf(error)).toBe(EXIT.usage)
  })
})
