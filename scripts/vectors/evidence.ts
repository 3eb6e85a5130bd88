import { createVoteDigest, FINALIZE, NO_BLOCK, NOTARIZE, NULLIFY, type Vote } from '@breakwater/consensus'
import { type Hex, keccakText } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { DOMAIN, GUARDIANS, mirror, SIGNERS, STRANGER } from './guardians.ts'

const VIEW = 41n
const [A, B] = [keccakText('block A'), keccakText('block B')]

interface Given {
  kind: Vote['kind']
  digest: Hex
  view?: bigint
  domain?: typeof DOMAIN
  signer?: Signer | undefined
  mirrored?: boolean
}

function signed({ kind, digest, view = VIEW, domain = DOMAIN, signer = SIGNERS[2], mirrored }: Given) {
  const voteDigest = createVoteDigest(domain)({ kind, view, digest })
  const signature = signer?.sign(voteDigest) ?? '0x'
  const form = mirrored === true ? mirror(signature) : signature
  return { kind: `${kind}`, digest, voteDigest, r: form.slice(0, 66), vs: `0x${form.slice(66)}` }
}

const CONFLICT = 'VotesNotInConflict(uint8,uint8)'
const SIGNERS_DIFFER = 'SignersDiffer(address,address)'

/** Pairs of one guardian's votes in one view; `error` is what the registry refuses them with, if it does. */
export function evidenceVectors() {
  const notarizeA: Given = { kind: NOTARIZE, digest: A }
  const notarizeB: Given = { kind: NOTARIZE, digest: B }
  const nullify: Given = { kind: NULLIFY, digest: NO_BLOCK }
  const finalizeA: Given = { kind: FINALIZE, digest: A }
  const finalizeB: Given = { kind: FINALIZE, digest: B }
  const pair = (name: string, a: Given, b: Given, error = '') => ({ name, error, a: signed(a), b: signed(b) })
  const elsewhere = (domain: Partial<typeof DOMAIN>) => ({ ...notarizeB, domain: { ...DOMAIN, ...domain } })
  return {
    ...DOMAIN,
    view: VIEW,
    guardian: SIGNERS[2]?.address,
    guardians: GUARDIANS,
    cases: [
      pair('two different NOTARIZE', notarizeA, notarizeB),
      pair('two different FINALIZE', finalizeB, finalizeA),
      pair('NULLIFY and FINALIZE', nullify, finalizeA),
      pair('FINALIZE and NULLIFY', finalizeA, nullify),
      pair('the same NOTARIZE twice', notarizeA, notarizeA, CONFLICT),
      pair('the same NULLIFY twice', nullify, nullify, CONFLICT),
      pair('the same FINALIZE twice', finalizeB, finalizeB, CONFLICT),
      pair('NOTARIZE and NULLIFY', notarizeA, nullify, CONFLICT),
      pair('NULLIFY and NOTARIZE', nullify, notarizeA, CONFLICT),
      pair('NOTARIZE and FINALIZE of one block', notarizeA, finalizeA, CONFLICT),
      pair('NOTARIZE and FINALIZE of two blocks', notarizeA, finalizeB, CONFLICT),
      pair('FINALIZE and NOTARIZE of two blocks', finalizeB, notarizeA, CONFLICT),
      pair('two guardians', notarizeA, { ...notarizeB, signer: SIGNERS[1] }, SIGNERS_DIFFER),
      pair('another view', notarizeA, { ...notarizeB, view: VIEW + 1n }, SIGNERS_DIFFER),
      pair('another epoch', notarizeA, elsewhere({ epoch: 2n }), SIGNERS_DIFFER),
      pair('another chain', notarizeA, elsewhere({ chainId: 1n }), SIGNERS_DIFFER),
      pair(
        'another registry',
        notarizeA,
        elsewhere({ registry: '0x00000000000000000000000000000000000000aa' }),
        SIGNERS_DIFFER,
      ),
      pair('the other form of a signature', notarizeA, { ...notarizeB, mirrored: true }, SIGNERS_DIFFER),
      pair(
        'the other form of both',
        { ...notarizeA, mirrored: true },
        { ...notarizeB, mirrored: true },
        SIGNERS_DIFFER,
      ),
      pair(
        'a stranger’s votes',
        { ...notarizeA, signer: STRANGER },
        { ...notarizeB, signer: STRANGER },
        'NotGuardianInEpoch(address,uint64)',
      ),
    ],
  }
}
