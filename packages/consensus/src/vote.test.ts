import { describe, expect, it } from 'vitest'
import { createVoteDigest, FINALIZE, NO_BLOCK, NOTARIZE, NULLIFY } from './vote.ts'

const registry = `0x${'5e'.repeat(20)}` as const
const block = `0x${'ab'.repeat(32)}` as const

describe('a vote', () => {
  const digestOf = createVoteDigest({ epoch: 1n, chainId: 31_337n, registry })

  // Computed with viem's hashTypedData for the same domain and struct.
  it.each([
    [NOTARIZE, 7n, block, '0xff4b52bb2e2e0cb994dede1ec45b2b3a310221cdfaa23221b15cf1cc941411f1'],
    [NULLIFY, 7n, NO_BLOCK, '0x7d94d509e25d2b0292cc484753e5361ddef21c418067c5e0a405af5253647c8f'],
    [FINALIZE, 2n ** 64n - 1n, block, '0xc66029efb94d9693827993d545537a59ae7fcaff04a8f05297add114039dc8ab'],
  ] as const)(
    'of kind %i has the EIP-712 digest that the registry checks',
    (kind, view, digest, expected) => {
      expect(digestOf({ kind, view, digest })).toBe(expected)
      expect(digestOf({ kind, view, digest })).toBe(expected)
    },
  )

  it('has another digest in another epoch, on another chain, for another registry', () => {
    const vote = { kind: NOTARIZE, view: 1n, digest: block } as const
    const others = [
      { epoch: 2n, chainId: 31_337n, registry },
      { epoch: 1n, chainId: 1n, registry },
      { epoch: 1n, chainId: 31_337n, registry: `0x${'5f'.repeat(20)}` as const },
    ].map((domain) => createVoteDigest(domain)(vote))
    expect(new Set([digestOf(vote), ...others]).size).toBe(4)
  })

  it('keeps its digest when many others were asked for in between', () => {
    const vote = { kind: NOTARIZE, view: 1n, digest: block } as const
    const first = digestOf(vote)
    for (let view = 2n; view < 600n; view++) digestOf({ ...vote, view })
    expect(digestOf(vote)).toBe(first)
  })
})
