import { BaseError, type Hex } from '@breakwater/kernel'
import { expect, test } from 'vitest'
import { createVirtualClock } from '../test/world.ts'
import type { AnnouncementListener, Endpoint } from './endpoint.ts'
import type { Header } from './header.ts'
import { watchHeads } from './heads.ts'

const POLL_MS = 100
const headOf = (number: number): Header => {
  const hash: Hex = `0x${number.toString(16).padStart(64, '0')}`
  const ref = { number: BigInt(number), hash, parentHash: hash, timestampSeconds: 0n }
  return { ref, receiptsRoot: hash, logsBloom: null, txHashes: null }
}

/** A provider whose head, announcements and failures the test decides about. */
function setUp({ canAnnounce = true } = {}) {
  const clock = createVirtualClock()
  const controller = new AbortController()
  const provider = {
    head: 0 as number | null | BaseError,
    listener: null as AnnouncementListener | null,
    subscriptions: 0,
    isRefusing: false,
  }
  const endpoint: Pick<Endpoint, 'label' | 'header' | 'announcements'> = {
    label: 'a',
    async header() {
      if (provider.head instanceof BaseError) throw provider.head
      return provider.head === null ? null : headOf(provider.head)
    },
    announcements: canAnnounce
      ? async (listener) => {
          provider.subscriptions++
          if (provider.isRefusing) throw new BaseError('CHAIN_RPC_ERROR', 'no subscriptions')
          provider.listener = listener
          return () => {
            provider.listener = null
          }
        }
      : null,
  }
  const seen: (bigint | string)[] = []
  const watching = watchHeads(
    [endpoint as Endpoint],
    POLL_MS,
    {
      onHead: (_, { ref }) => seen.push(ref.number),
      onFailure: (_, error) => seen.push((error as BaseError).code),
    },
    clock,
    controller.signal,
  )
  const pass = (ms: number) => clock.runUntil(() => false, clock.nowMs() + ms)
  const stop = async () => {
    controller.abort()
    await pass(0)
    await watching
  }
  return { provider, seen, pass, stop }
}

test('heads are told when announced, and by asking in between', async () => {
  const { provider, seen, pass, stop } = setUp()
  await pass(10)
  provider.listener?.onHead(headOf(1))
  provider.head = 1
  expect(seen).toEqual([0n, 1n])
  await pass(POLL_MS)
  expect(seen).toEqual([0n, 1n, 1n])
  await stop()
  expect(provider.listener).toBeNull()
})

test('without announcements, or refused them, asking goes on', async () => {
  for (const canAnnounce of [false, true]) {
    const { provider, seen, pass, stop } = setUp({ canAnnounce })
    provider.isRefusing = true
    await pass(2 * POLL_MS + 10)
    expect(seen).toEqual([0n, 0n, 0n])
    await stop()
  }
})

test('failures are told, and asking goes on', async () => {
  const { provider, seen, pass, stop } = setUp()
  provider.head = new BaseError('CHAIN_RPC_HTTP', 'status 500')
  await pass(POLL_MS + 10)
  provider.head = null
  await pass(POLL_MS)
  provider.head = 5
  await pass(POLL_MS)
  expect(seen).toEqual(['CHAIN_RPC_HTTP', 'CHAIN_RPC_HTTP', 'CHAIN_ABSENT', 5n])
  await stop()
})

test('announcements that ended are asked for again', async () => {
  const { provider, pass, stop } = setUp()
  await pass(10)
  provider.listener?.onEnd()
  await pass(POLL_MS)
  expect(provider.subscriptions).toBe(2)
  await stop()
})

test('announcements that fell silent are given up, those of a quiet chain are not', async () => {
  const { provider, pass, stop } = setUp()
  await pass(20 * POLL_MS)
  expect(provider.subscriptions).toBe(1)
  for (let number = 1; number <= 6; number++) {
    provider.head = number
    await pass(POLL_MS)
  }
  expect(provider.subscriptions).toBe(2)
  await stop()
})
