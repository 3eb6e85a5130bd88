import { createAttestations, createSigning } from '@breakwater/consensus'
import { concatHex, type Hex, keccakText, toWord } from '@breakwater/kernel'
import { recoverAddress, type Signer } from '@breakwater/keys'
import { DOMAIN, GUARDIANS, mirror, registryDigest, SIGNERS, STRANGER } from './guardians.ts'

const DIGEST = keccakText('an action')
const PARTICIPATION = 'Participation(uint64 epoch,uint64 fromView,uint64 toView,uint256 participants)'

/** The certificate that guardians' attestations over `digest` add up to. */
export function certify(digest: Hex, indices: readonly number[]): { bitmap: bigint; signatures: Hex } {
  const guardians = SIGNERS.map(({ address }) => address)
  const attestations = createAttestations({ guardians, recover: recoverAddress })
  for (const index of indices) {
    const signer = SIGNERS[index]
    if (signer !== undefined) attestations.add(digest, index, createSigning(signer).sign(digest))
  }
  const certificate = attestations.certificate(digest)
  if (certificate === null) throw new Error(`${indices} make no certificate`)
  return { bitmap: certificate.bitmap, signatures: concatHex(certificate.signatures) }
}

/** Certificates over digests, good and bad, and what guardians sign to share their rewards. */
export function certificateVectors() {
  const { bitmap, signatures } = certify(DIGEST, [0, 1, 3])
  const signed = (signer: Signer | undefined) => signer?.sign(DIGEST) ?? '0x'
  const by = (...signers: (Signer | undefined)[]) => concatHex(signers.map(signed))
  const [first, second, third, fourth] = SIGNERS
  const good = { digest: DIGEST, epoch: DOMAIN.epoch, bitmap, signatures, valid: true }
  const bad = { ...good, valid: false }
  const participation = { epoch: 1n, fromView: 10n, toView: 2n ** 64n - 2n, participants: 0b1101n }
  const words = Object.values(participation).map(toWord)
  return {
    guardians: GUARDIANS,
    cases: [
      { name: 'guardians 0, 1 and 3', ...good },
      { name: 'guardians 1, 2 and 3', ...good, ...certify(DIGEST, [3, 2, 1]) },
      { name: 'all guardians', ...good, bitmap: 15n, signatures: by(first, second, third, fourth) },
      { name: 'another digest', ...bad, digest: keccakText('another action') },
      { name: 'an epoch to come', ...bad, epoch: 2n },
      { name: 'an epoch before the first', ...bad, epoch: 0n },
      { name: 'too few', ...bad, bitmap: 3n, signatures: by(first, second) },
      { name: 'bitmap of other guardians', ...bad, bitmap: 7n },
      { name: 'bitmap with one more guardian', ...bad, bitmap: 15n },
      {
        name: 'bitmap with nobody’s bit',
        ...bad,
        bitmap: 27n,
        signatures: concatHex([signatures, signed(STRANGER)]),
      },
      { name: 'one guardian twice', ...bad, signatures: by(first, second, second) },
      { name: 'out of order', ...bad, signatures: by(fourth, second, first) },
      { name: 'a stranger’s signature', ...bad, signatures: by(first, second, STRANGER) },
      {
        name: 'the other form of a signature',
        ...bad,
        signatures: concatHex([by(first, second), mirror(signed(fourth))]),
      },
      { name: 'one byte more', ...bad, signatures: concatHex([signatures, '0x00']) },
      { name: 'one byte less', ...bad, signatures: signatures.slice(0, -2) },
    ],
    participation: { ...participation, ...DOMAIN, digest: registryDigest(PARTICIPATION, words) },
  }
}
