import { bytesToHex, concatHex, type Hex, hexToBytes } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { configOf, signers } from '../test/table.ts'
import { assembleCertificate, claimedVotes, openCertificate, type QuorumCertificate } from './certificate.ts'
import { createVoteDigest, NOTARIZE } from './vote.ts'

const config = configOf(4, 0)
const vote = { kind: NOTARIZE, view: 3n, digest: `0x${'aa'.repeat(32)}` } as const
const voteDigest = createVoteDigest(config)(vote)
const sign = (index: number) => signers[index]?.sign(voteDigest) ?? '0x'
const join = (...signatures: Hex[]) => hexToBytes(concatHex(signatures))
const certificateOf = (...guardians: number[]) =>
  assembleCertificate(vote, new Map(guardians.map((guardian) => [guardian, sign(guardian)])))
const open = (certificate: QuorumCertificate) =>
  openCertificate(certificate, voteDigest, config.guardians, 3, config.signing.recover)

describe('a certificate', () => {
  it('holds its votes in the order of the guardians, whatever order they came in', () => {
    const certificate = certificateOf(3, 0, 2)
    expect(certificate.bitmap).toBe(0b1101n)
    expect(bytesToHex(certificate.signatures)).toBe(concatHex([0, 2, 3].map(sign)))
    expect([...(open(certificate)?.keys() ?? [])]).toEqual([0, 2, 3])
    expect(open(certificate)?.get(2)).toEqual({ ...vote, signature: sign(2) })
  })

  const good = certificateOf(0, 1, 2)
  it.each([
    ['too few votes', certificateOf(0, 1)],
    ['fewer signatures than bits', { ...good, signatures: good.signatures.slice(64) }],
    ['more signatures than bits', { ...good, signatures: join(sign(0), sign(1), sign(2), sign(3)) }],
    ['half a signature too few', { ...good, signatures: good.signatures.slice(0, -32) }],
    ['a byte too many', { ...good, signatures: Uint8Array.of(...good.signatures, 0) }],
    ['a bit beyond the guardians', { ...good, bitmap: 0b1_0011n }],
    ['signatures in another order', { ...good, signatures: join(sign(2), sign(1), sign(0)) }],
    ['one guardian for another', { ...good, bitmap: 0b1011n }],
    ['one signature three times', { ...good, signatures: join(sign(0), sign(0), sign(0)) }],
    ['a signature that is none', { ...good, signatures: join(sign(0), sign(1), `0x${'ff'.repeat(64)}`) }],
    ['nothing', { ...good, bitmap: 0n, signatures: join() }],
  ])('with %s is refused', (_name, certificate) => {
    expect(open(certificate)).toBeNull()
  })

  it('for another vote is refused', () => {
    const other = createVoteDigest(config)({ ...vote, view: 4n })
    expect(openCertificate(good, other, config.guardians, 3, config.signing.recover)).toBeNull()
  })
})

it('a certificate claims the votes of those whose bit is set, checked or not', () => {
  const certificate = { ...vote, bitmap: 0b1010n, signatures: join(sign(0), sign(0)) }
  expect([...(claimedVotes(certificate, 4) ?? [])]).toEqual([
    [1, { ...vote, signature: sign(0) }],
    [3, { ...vote, signature: sign(0) }],
  ])
  expect(claimedVotes(certificate, 3)).toBeNull()
  expect(claimedVotes({ ...certificate, bitmap: 1n << 254n, signatures: join(sign(0)) }, 255)?.size).toBe(1)
})
