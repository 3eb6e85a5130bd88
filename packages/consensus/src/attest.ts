import type { Address, Certificate, Hex } from '@breakwater/kernel'
import { toBitmap } from './certificate.ts'
import { RULES } from './rules.ts'
import type { Signing } from './signing.ts'

/** How many digests one guardian's signatures may wait for the others'; beyond, its oldest are dropped. */
const MAX_OPEN = 64
/** Certificates that are kept to recognise late signatures. */
const MAX_CERTIFIED = 256

export type Attested =
  /** This signature completed the certificate. */
  | { readonly kind: 'certified'; readonly certificate: Certificate }
  | { readonly kind: 'counted' }
  /** This guardian's signature is there already, or the certificate is. */
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly reason: string }

export interface Attestations {
  /** `signature`: EIP-2098 compact with a low s, by guardian `index`. */
  add(digest: Hex, index: number, signature: Hex): Attested
  certificate(digest: Hex): Certificate | null
  /** Drops what waits for this digest: nobody needs its certificate any more. */
  forget(digest: Hex): void
}

/**
 * Collects guardians' signatures over digests of actions until there are n - f for one. Whose signature is counted
 * decides nothing about consensus: guardians give it only after the log has finalized the action.
 */
export function createAttestations(options: {
  guardians: readonly Address[]
  recover: Signing['recover']
}): Attestations {
  const { guardians, recover } = options
  const quorum = RULES.quorum(guardians.length)
  const open = new Map<Hex, Map<number, Hex>>()
  const openBy = guardians.map(() => new Set<Hex>())
  const certified = new Map<Hex, Certificate>()

  const close = (digest: Hex): void => {
    open.delete(digest)
    for (const digests of openBy) digests.delete(digest)
  }
  const drop = (index: number, digest: Hex): void => {
    openBy[index]?.delete(digest)
    const signatures = open.get(digest)
    signatures?.delete(index)
    if (signatures?.size === 0) open.delete(digest)
  }

  return {
    add(digest, index, signature) {
      const digests = openBy[index]
      if (digests === undefined) return { kind: 'refused', reason: `there is no guardian ${index}` }
      if (certified.has(digest) || digests.has(digest)) return { kind: 'known' }
      if (recover(digest, signature) !== guardians[index]) {
        return { kind: 'refused', reason: `the signature is not that of guardian ${index}` }
      }
      const signatures = open.get(digest) ?? new Map<number, Hex>()
      open.set(digest, signatures.set(index, signature))
      digests.add(digest)
      const [oldest] = digests
      if (digests.size > MAX_OPEN && oldest !== undefined) drop(index, oldest)
      if (signatures.size < quorum) return { kind: 'counted' }
      const certificate: Certificate = { digest, ...toBitmap(signatures) }
      close(digest)
      certified.set(digest, certificate)
      const [first] = certified.keys()
      if (certified.size > MAX_CERTIFIED && first !== undefined) certified.delete(first)
      return { kind: 'certified', certificate }
    },
    certificate: (digest) => certified.get(digest) ?? null,
    forget: close,
  }
}
