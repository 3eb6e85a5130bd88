import { circuitBreakerAbi } from '@breakwater/contracts/CircuitBreaker'
import { encodeFunctionData } from 'viem'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { deployProtocol, type Protocol, startChain, type TestChain } from './chain.ts'
import { addressesOf, type Bench, createBench, guardianSigners, type Started, until } from './guardians.ts'

const SIZE = 4
const SILENCE_SECONDS = 600

let chain: TestChain
let bench: Bench
beforeAll(async () => {
  chain = await startChain()
  bench = await createBench(chain, SIZE)
})
afterAll(async () => {
  await bench?.stop()
  await chain?.stop()
})
afterEach(() => bench.rest())

const ask = async (protocol: Protocol, name: string, args: readonly unknown[] = []) =>
  (await chain.read(protocol.breaker, circuitBreakerAbi, name, args)) as bigint
const heard = (protocol: Protocol) => ask(protocol, 'lastHeartbeatSeconds')
const deploy = () =>
  deployProtocol(chain, addressesOf(guardianSigners(SIZE)), {
    heartbeatSeconds: SILENCE_SECONDS,
    deadLevel: 1,
  })
const start = async (protocol: Protocol, indexes: readonly number[], run: string) =>
  Promise.all(indexes.map((index) => bench.start({ protocol, index, size: SIZE, name: `${run}_${index}` })))
const deadMode = ({ vault }: Protocol) =>
  encodeFunctionData({ abi: circuitBreakerAbi, functionName: 'enterDeadMode', args: [vault] })
const beats = (guardians: readonly Started[]) =>
  guardians.flatMap(({ told }) => told).filter(({ type }) => type === 'carried').length
async function mineUntilHeard(
  protocol: Protocol,
  guardians: readonly Started[],
  since: bigint,
): Promise<bigint> {
  await chain.mine(1, 40)
  await until(() => beats(guardians) > 0)
  await chain.mine()
  const now = await heard(protocol)
  expect(now).toBeGreaterThan(since)
  return now
}

it('guardians are heard of as long as a quorum of them sees the chain, again and again', async () => {
  const protocol = await deploy()
  const guardians = await start(protocol, [0, 1, 3], 'heard')
  const first = await mineUntilHeard(protocol, guardians, 0n)
  expect(await ask(protocol, 'silentFromSeconds', [protocol.vault])).toBe(
    first + BigInt(SILENCE_SECONDS) + 1n,
  )
  // Not again before a quarter of that time is over.
  const before = beats(guardians)
  await chain.mine(3, 20)
  expect(await heard(protocol)).toBe(first)
  expect(beats(guardians)).toBe(before)
  await chain.mine(1, 150)
  await until(() => beats(guardians) > before)
  await chain.mine()
  expect(await heard(protocol)).toBeGreaterThan(first + 150n)
})

it('fewer than a quorum are not heard of, and anybody can have the dead mode hold then', async () => {
  const protocol = await deploy()
  const guardians = await start(protocol, [0, 2], 'unheard')
  const { number } = await chain.mine(20, 40)
  await until(() => guardians.every(({ watcher }) => watcher.evaluations.head()?.block.number === number))
  expect(beats(guardians)).toBe(0)
  expect(await heard(protocol)).toBe(0n)
  await chain.send(protocol.owner, protocol.breaker, deadMode(protocol))
  await chain.mine()
  expect(await ask(protocol, 'statusOf', [protocol.vault])).toMatchObject([1, expect.any(BigInt), 0n])
})
