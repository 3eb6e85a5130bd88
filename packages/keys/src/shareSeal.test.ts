import { bytesToHex, createSeededRng, defined, type Hex } from '@breakwater/kernel'
import { describe, expect, it } from 'vitest'
import { dealGroup } from '../test/signing.ts'
import { deriveSeed, openGroupShare, sealGroupShare } from './shareSeal.ts'

const { shares } = dealGroup(4)
const share = defined(shares[2], 'a share')
const key = (last: string): Hex => `0x${last.padStart(64, '0')}`
const seed = deriveSeed(key('7'))

describe('a share at rest', () => {
  it('opens with the seed of the identity that sealed it, and looks different each time', () => {
    const rng = createSeededRng(1)
    const [one, two] = [sealGroupShare(share, seed, rng), sealGroupShare(share, seed, rng)]
    expect(openGroupShare(one, deriveSeed(key('7')))).toEqual(share)
    expect(openGroupShare(two, seed)).toEqual(share)
    expect(one).not.toEqual(two)
    expect(bytesToHex(one)).not.toContain(bytesToHex(share.secret).slice(2))
    expect(() => openGroupShare(one, deriveSeed(key('8')))).toThrow(/does not open/)
  })

  it('opens no file that is changed anywhere, cut or of another version', () => {
    const file = sealGroupShare(share, seed, createSeededRng(1))
    for (let at = 0; at < file.length; at += 3) {
      const changed = file.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => openGroupShare(changed, seed)).toThrow(/the file of a group key’s share/)
      expect(() => openGroupShare(file.subarray(0, at), seed)).toThrow(/is damaged/)
    }
    expect(() => openGroupShare(Uint8Array.of(9, ...file.subarray(1)), seed)).toThrow(/is of version 9/)
  })

  it('opens no share that is another member’s', () => {
    const other = { ...share, self: 1 }
    expect(() => openGroupShare(sealGroupShare(other, seed, createSeededRng(1)), seed)).toThrow(
      /not that of guardian 1/,
    )
  })

  it('comes from a private key, or from none', () => {
    expect(deriveSeed(key('7'))).not.toEqual(deriveSeed(key('8')))
    expect(() => deriveSeed(key('0'))).toThrow(/private key/)
  })
})
