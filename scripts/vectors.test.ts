/** The vectors that Solidity and TypeScript share, as TypeScript sees them; forge's Vectors.t.sol is the other half. */
import { readFileSync } from 'node:fs'
import {
  createVoteDigest,
  FINALIZE,
  isSlashable,
  NO_BLOCK,
  NULLIFY,
  openCertificate,
  type QuorumCertificate,
  RULES,
  type Vote,
  type VoteKind,
} from '@breakwater/consensus'
import { type Address, type Hex, hexToBytes } from '@breakwater/kernel'
import { isGroupKey, recoverAddress, verifyGroupSignature } from '@breakwater/keys'
import { describe, expect, it } from 'vitest'
import { VECTORS, vectorFiles } from './vectors.ts'

interface SignedCase {
  kind: string
  digest: Hex
  r: Hex
  vs: Hex
}

const read = (name: string) => JSON.parse(readFileSync(`${VECTORS}${name}.json`, 'utf8'))
const listOf = (guardians: Record<string, Address>) => Object.values(guardians)
const numbers = ({ x, y, rx, ry, z }: Record<string, string>) => ({
  key: { x: BigInt(x ?? 0), y: BigInt(y ?? 0) },
  signature: { rx: BigInt(rx ?? 0), ry: BigInt(ry ?? 0), z: BigInt(z ?? 0) },
})

/** Whether TypeScript takes it for a certificate: every signature good, and a quorum of them. */
function isCertified(guardians: readonly Address[], digest: Hex, bitmap: string, signatures: Hex): boolean {
  const certificate: QuorumCertificate = {
    kind: FINALIZE,
    view: 0n,
    digest,
    bitmap: BigInt(bitmap),
    signatures: hexToBytes(signatures),
  }
  const quorum = RULES.quorum(guardians.length)
  return openCertificate(certificate, digest, guardians, quorum, recoverAddress) !== null
}

it('are committed as TypeScript makes them', () => {
  for (const [name, text] of vectorFiles()) {
    expect(readFileSync(`${VECTORS}${name}`, 'utf8'), name).toBe(text)
  }
})

describe('each case is judged as it says', () => {
  it('certificates', () => {
    const { guardians, cases } = read('certificate')
    for (const { name, digest, epoch, bitmap, signatures, valid } of cases) {
      const certified = epoch === '1' && isCertified(listOf(guardians), digest, bitmap, signatures)
      expect(certified, name).toBe(valid)
    }
  })

  it('group keys and signatures', () => {
    const { keys, cases, guardians, attestation } = read('group')
    for (const { name, valid, ...key } of keys) expect(isGroupKey(numbers(key).key), name).toBe(valid)
    const { key } = numbers(keys[0])
    for (const { name, digest, valid, ...one } of cases) {
      expect(verifyGroupSignature(digest, key, numbers(one).signature), name).toBe(valid)
    }
    const { digest, bitmap, signatures } = attestation
    expect(isCertified(listOf(guardians), digest, bitmap, signatures)).toBe(true)
  })

  it('evidence', () => {
    const { chainId, registry, epoch, view, guardians, cases } = read('evidence')
    const digestOf = createVoteDigest({ epoch: BigInt(epoch), chainId: BigInt(chainId), registry })
    for (const { name, error, a, b } of cases) {
      const votes = [a, b].map(({ kind, digest, r, vs }: SignedCase) => {
        const vote: Vote = { kind: Number(kind) as VoteKind, view: BigInt(view), digest }
        return { vote, signer: recoverAddress(digestOf(vote), `${r}${vs.slice(2)}` as Hex) }
      })
      const [first, second] = votes
      if (first === undefined || second === undefined) throw new Error(`${name} lacks a vote`)
      const one = first.signer !== null && first.signer === second.signer
      const known = one && listOf(guardians).includes(first.signer ?? '0x')
      expect(known && isSlashable(first.vote, second.vote), name).toBe(error === '')
    }
  })
})

it('what Solidity signs, TypeScript verifies', () => {
  const { chainId, registry, epoch, view, guardians, certificate, group, evidence } = read('solidity')
  const { digest, bitmap, signatures } = certificate
  expect(isCertified(listOf(guardians), digest, bitmap, signatures)).toBe(true)
  expect(verifyGroupSignature(group.digest, numbers(group).key, numbers(group).signature)).toBe(true)

  const digestOf = createVoteDigest({ epoch: BigInt(epoch), chainId: BigInt(chainId), registry })
  const finalize: Vote = { kind: FINALIZE, view: BigInt(view), digest }
  const nullify: Vote = { kind: NULLIFY, view: BigInt(view), digest: NO_BLOCK }
  expect(isSlashable(finalize, nullify)).toBe(true)
  expect(recoverAddress(digestOf(finalize), evidence.finalize)).toBe(guardians[3])
  expect(recoverAddress(digestOf(nullify), evidence.nullify)).toBe(guardians[3])
})
