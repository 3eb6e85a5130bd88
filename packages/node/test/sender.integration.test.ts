import { connectRpc } from '@breakwater/chain'
import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { type LyingProxy, startLyingProxy } from '@breakwater/devchain'
import { type Address, bytesToHex, createSeededRng, type Hex, keccak } from '@breakwater/kernel'
import { createLocalSigner } from '@breakwater/keys'
import { type Bid, createSender } from '@breakwater/respond'
import fc from 'fast-check'
import { encodeFunctionData, recoverTransactionAddress } from 'viem'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deployProtocol, type Protocol, startChain, type TestChain } from './chain.ts'
import { addressesOf, guardianSigners, signerOf } from './guardians.ts'

const GWEI = 10n ** 9n
const BID: Bid = { maxFeePerGas: 20n * GWEI, maxPriorityFeePerGas: 2n * GWEI }
const signer = signerOf('carrier of this test')

let chain: TestChain
let proxy: LyingProxy
let protocol: Protocol
beforeAll(async () => {
  chain = await startChain()
  proxy = await startLyingProxy(chain.anvil.url)
  await chain.fund([signer.address])
  protocol = await deployProtocol(chain, addressesOf(guardianSigners(1)))
})
afterAll(async () => {
  await proxy?.stop()
  await chain?.stop()
})
beforeEach(() => {
  proxy.mode = { kind: 'pass' }
  proxy.lie = null
})

const honest = () => connectRpc(chain.anvil.url)
const other = () => connectRpc(proxy.url, { timeoutMs: 2000 })
const senderOf = (...rpcs: ReturnType<typeof honest>[]) => createSender(31337n, rpcs, signer)
const transfer = { to: `0x${'77'.repeat(20)}` as Address, data: '0x' as Hex, gas: 21_000n }
/** An action that the breaker does not take, whoever signs it. */
const execute = (target: Address) => {
  const zero: Hex = `0x${'00'.repeat(32)}`
  const action = {
    ...{ chainId: 31337n, breaker: protocol.breaker, target, level: 3, data: '0x' as Hex },
    ...{ durationSeconds: 1, incidentId: zero, specHash: protocol.spec.hash, epoch: 1n },
    ...{ anchorNumber: 0n, anchorHash: zero, deadlineSeconds: 1n },
  }
  const certificate = { bitmap: 0n, signatures: '0x' as Hex }
  const data = encodeFunctionData({
    abi: circuitBreakerAbi,
    functionName: 'execute',
    args: [action, certificate],
  })
  return { to: protocol.breaker, data, gas: 500_000n }
}

describe('a sender', () => {
  it('signs transactions that nodes take and chains include', async () => {
    const sender = senderOf(honest())
    const before = await sender.nonces()
    expect(before.mined).toBe(before.next)
    const txHash = await sender.send(transfer, before.next, BID)
    expect(await sender.nonces()).toEqual({ mined: before.mined, next: before.next + 1 })
    const { number } = await chain.mine()
    const receipt = (await chain.request('eth_getTransactionReceipt', [txHash])) as Record<string, unknown>
    expect(receipt).toMatchObject({ status: '0x1', from: sender.address, type: '0x2' })
    expect(await sender.nonces()).toEqual({ mined: before.mined + 1, next: before.next + 1 })
    expect((await sender.fees()).blockNumber).toBe(number)
  })

  it('signs as its address, whatever the signature looks like', async () => {
    const rpc = {
      label: 'nowhere',
      sent: [] as Hex[],
      request: async (_method: string, [raw]: readonly unknown[]) => rpc.sent.push(raw as Hex),
      close() {},
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), fc.bigInt(1n, 10n ** 20n), async (seed, fee) => {
        const local = createLocalSigner(keccak(bytesToHex(createSeededRng(seed).bytes(32))))
        const sender = createSender(31337n, [rpc], local)
        const bid = { maxFeePerGas: fee, maxPriorityFeePerGas: fee }
        const txHash = await sender.send(transfer, seed % 1000, bid)
        const raw = rpc.sent.at(-1) as `0x02${string}`
        expect(keccak(raw)).toBe(txHash)
        const from = await recoverTransactionAddress({ serializedTransaction: raw })
        expect(from.toLowerCase()).toBe(local.address)
      }),
      { numRuns: 60 },
    )
  })

  it('names the error with which the breaker refuses an action', async () => {
    const sender = senderOf(honest())
    expect(await sender.refusal(execute(protocol.vault))).toBe('DeadlinePassed')
    expect(await sender.refusal(execute(protocol.usdc))).toBe('TargetNotRegistered')
    expect(await sender.refusal(transfer)).toBeNull()
    const garbled = { ...execute(protocol.vault), data: '0x12345678' as Hex }
    expect(await sender.refusal(garbled)).toBe('a revert without a reason')
  })

  it('asks for the latest block where a node does not know what is pending', async () => {
    proxy.lie = (_method, params, answer) =>
      params[1] === 'pending' ? { error: { code: -32602, message: 'unsupported block tag' } } : answer
    expect(await senderOf(other()).refusal(execute(protocol.vault))).toBe('DeadlinePassed')
    expect(await senderOf(other()).refusal(transfer)).toBeNull()
  })

  it('believes a refusal only when all providers refuse', async () => {
    proxy.lie = (method, _params, answer) => (method === 'eth_call' ? { result: '0x' } : answer)
    expect(await senderOf(honest(), other()).refusal(execute(protocol.vault))).toBeNull()
    proxy.lie = null
    expect(await senderOf(honest(), other()).refusal(execute(protocol.vault))).toBe('DeadlinePassed')
  })

  it('needs one provider of several, and says what is wrong when there is none', async () => {
    proxy.mode = { kind: 'drop' }
    const sender = senderOf(other(), honest())
    const { next } = await sender.nonces()
    await sender.send(transfer, next, BID)
    await chain.mine()
    expect((await sender.nonces()).mined).toBe(next + 1)
    expect(await sender.refusal(execute(protocol.vault))).toBe('DeadlinePassed')
    const lost = senderOf(other())
    const attempts = [
      () => lost.nonces(),
      () => lost.fees(),
      () => lost.refusal(transfer),
      () => lost.send(transfer, 0, BID),
    ]
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ code: 'CHAIN_RPC_UNREACHABLE' })
    }
  })

  it('takes nothing for a number that is none', async () => {
    proxy.lie = (method, _params, answer) =>
      method === 'eth_getTransactionCount' ? { result: 'soon' } : answer
    await expect(senderOf(other()).nonces()).rejects.toMatchObject({
      code: 'RESPOND_RPC',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+: "soon" is no quantity/),
    })
    proxy.lie = (method, _params, answer) => (method === 'eth_getBlockByNumber' ? { result: null } : answer)
    await expect(senderOf(other()).fees()).rejects.toMatchObject({ code: 'RESPOND_RPC' })
  })

  it('passes on why a node does not take a transaction', async () => {
    const sender = senderOf(honest())
    const { mined, next } = await sender.nonces()
    await expect(sender.send(transfer, mined - 1, BID)).rejects.toThrow(/nonce too low/i)
    const dear = { maxFeePerGas: 10n ** 22n, maxPriorityFeePerGas: GWEI }
    await expect(sender.send(transfer, next, dear)).rejects.toThrow(/insufficient funds/i)
  })
})
