import { type Address, bytesToHex, type Hex, hexToBytes, keccak } from '@breakwater/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBloomTest } from './bloom.ts'

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => bytesToHex(bytes))

/** The bloom of a block with logs of these addresses, by the Yellow Paper: M3:2048. */
function bloomOf(addresses: readonly Address[]): Hex {
  let bloom = 0n
  for (const hash of addresses.map((item) => hexToBytes(keccak(item)))) {
    for (const i of [0, 2, 4])
      bloom |= 1n << BigInt(((hash[i] as number) * 256 + (hash[i + 1] as number)) & 2047)
  }
  return `0x${bloom.toString(16).padStart(512, '0')}`
}

test('a watched address that made a log is never excluded', () => {
  fc.assert(
    fc.property(fc.array(address, { minLength: 1, maxLength: 30 }), fc.nat(), (addresses, pick) => {
      const watched = addresses[pick % addresses.length] as Address
      expect(createBloomTest([watched])(bloomOf(addresses))).toBe(true)
    }),
  )
})

test('an empty bloom excludes everything, and nothing watched is never concerned', () => {
  const empty = bloomOf([])
  fc.assert(
    fc.property(address, (watched) => {
      expect(createBloomTest([watched])(empty)).toBe(false)
    }),
  )
  expect(createBloomTest([])(`0x${'ff'.repeat(256)}`)).toBe(false)
})

test('another address is excluded, but for few false alarms', () => {
  let alarms = 0
  const others = Array.from(
    { length: 1_000 },
    (_, i) => keccak(`0x${i.toString(16).padStart(8, '0')}`).slice(0, 42) as Address,
  )
  const bloom = bloomOf(others.slice(0, 50))
  for (const other of others.slice(50)) if (createBloomTest([other])(bloom)) alarms++
  expect(alarms).toBeLessThan(20)
})
