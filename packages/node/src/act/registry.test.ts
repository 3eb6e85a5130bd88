import type { Rpc } from '@breakwater/chain'
import { guardianRegistryAbi } from '@breakwater/contracts/GuardianRegistry'
import type { Hex } from '@breakwater/kernel'
import { encodeFunctionResult, toFunctionSelector } from 'viem'
import { describe, expect, it } from 'vitest'
import { readRegistry } from './registry.ts'

const REGISTRY: Hex = `0x${'b1'.repeat(20)}`
const MEMBERS = [`0x${'ab'.repeat(20)}`, `0x${'01'.repeat(20)}`] as const
const EPOCH = toFunctionSelector('epoch()')
const epoch = encodeFunctionResult({ abi: guardianRegistryAbi, functionName: 'epoch', result: 4n })
const guardians = encodeFunctionResult({
  abi: guardianRegistryAbi,
  functionName: 'guardians',
  result: [...MEMBERS],
})
const rpcOf = (answer: (data: Hex) => unknown): Rpc => ({
  label: 'node',
  request: async (_method, [call]) => answer((call as { data: Hex }).data),
  close() {},
})

describe('the registry', () => {
  it('names epoch and guardians, addresses in lower case', async () => {
    const rpc = rpcOf((data) => (data === EPOCH ? epoch : guardians))
    expect(await readRegistry(rpc, REGISTRY)).toEqual({
      epoch: 4n,
      guardians: MEMBERS,
    })
  })

  it('is missed clearly: no contract, another one, no answer', async () => {
    for (const answer of ['0x', null, 7, `0x${'00'.repeat(31)}`, '0x1234']) {
      await expect(
        readRegistry(
          rpcOf(() => answer),
          REGISTRY,
        ),
      ).rejects.toMatchObject({
        code: 'NODE_REGISTRY',
        message: expect.stringContaining(REGISTRY),
        hint: expect.stringContaining('guardians.registry'),
      })
    }
  })
})
