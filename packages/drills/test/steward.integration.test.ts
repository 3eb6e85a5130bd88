import { parameterStewardAbi } from '@breakwater/contracts/ParameterSteward'
import { perpsMarketSettingsAbi } from '@breakwater/contracts/PerpsMarketSettings'
import { riskGroup } from '@breakwater/deploy'
import { concatHex, type Hex } from '@breakwater/kernel'
import { encodePacked, keccak256 } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { devAddress } from '../src/chain/accounts.ts'
import { createCaller } from '../src/chain/caller.ts'
import { guardianSigners } from '../src/fleet.ts'
import { createWorld, guardianAddresses, type World } from '../src/index.ts'

const SEED = 5
const GROUP = riskGroup('BTC')
const DOLLARS = 10n ** 6n
/** Leverage, maintenance margin in hundredths of a percent, open interest. */
const LAUNCH = [20n, 250n, 2_000_000n * DOLLARS] as const

describe("Harbor's steward", () => {
  let world: World
  const anybody = devAddress(SEED, 'anybody')
  beforeAll(async () => {
    world = await createWorld({ seed: SEED, guardians: guardianAddresses(SEED, 4) })
    await world.node.fund([anybody])
  })
  afterAll(() => world?.stop())

  const ask = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const [answer] = await world.node.read([
      { to: world.harbor.steward, abi: parameterStewardAbi, name, args },
    ])
    return answer
  }
  const values = async () => (await ask('valuesOf', [GROUP])) as readonly bigint[]
  const submit = async (next: readonly bigint[], signers: readonly number[]): Promise<string> => {
    const change = {
      ...{ group: GROUP, values: next, nonce: await ask('nonceOf', [GROUP]), epoch: 1n },
      previousHash: keccak256(encodePacked(['uint256[]'], [await values()])),
      inputAtSeconds: world.timestampSeconds,
      deadlineSeconds: world.timestampSeconds + 60n,
    }
    const digest = (await ask('hashChange', [change])) as Hex
    const all = guardianSigners(SEED, 4)
    const signatures = concatHex(signers.map((index) => all[index]?.sign(digest) ?? '0x'))
    const bitmap = signers.reduce((bits, index) => bits | (1n << BigInt(index)), 0n)
    const call = createCaller(world.harbor.steward, parameterStewardAbi)
    const txHash = await world.node.send(call(anybody, 'submit', [change, bitmap, signatures]))
    await world.enqueue()
    await world.mine(1)
    const receipt = await world.node.request('eth_getTransactionReceipt', [txHash])
    return (receipt as { status: string }).status
  }

  it('has both markets as they are', async () => {
    expect(await values()).toEqual(LAUNCH)
    expect(await ask('valuesOf', [riskGroup('ETH')])).toEqual(LAUNCH)
  })

  it('tightens at once what a quorum of guardians certifies, and nothing that fewer do', async () => {
    const tighter = [16n, 300n, 1_600_000n * DOLLARS]
    expect(await submit(tighter, [0, 2])).toBe('0x0')
    expect(await values()).toEqual(LAUNCH)
    expect(await submit(tighter, [0, 2, 3])).toBe('0x1')
    expect(await values()).toEqual(tighter)
    const settings = world.harbor.book.contracts.btcSettings
    const [consistent] = await world.node.read([
      { to: settings ?? '0x', abi: perpsMarketSettingsAbi, name: 'isConsistent' },
    ])
    expect(consistent).toBe(true)
  })

  it('lets what loosens wait for a day', async () => {
    const before = await values()
    world.timestampSeconds += 3600n
    world.moveMarket(60)
    await world.enqueue()
    await world.mine(1)
    expect(await submit(LAUNCH, [0, 1, 2])).toBe('0x1')
    expect(await values()).toEqual(before)
    const [pending, enactableAtSeconds] = (await ask('pendingOf', [GROUP])) as [readonly bigint[], bigint]
    expect(pending).toEqual(LAUNCH)
    expect(enactableAtSeconds).toBe(world.timestampSeconds + 86_400n)
  })
})
