import type { Certificate, Clock, Hex } from '@breakwater/kernel'
import { createAttestations } from './attest.ts'
import type { Attestation } from './message.ts'
import type { Config } from './state.ts'

/** Own signatures that are kept to answer others with. */
const MAX_SIGNED = 256

/** Turns finalized actions into certificates, together with the other guardians. */
export interface Attestor {
  /** Signs the digest of an action that the log has finalized, and tells it until the certificate is complete. */
  attest(digest: Hex): void
  receive(from: number, attestation: Attestation): void
  /** Stops telling: the action's time is over. */
  forget(digest: Hex): void
  stop(): void
}

/**
 * Lost messages: who lacks a certificate repeats its own signature every `repeatMs` and asks for a reply; who gets
 * that and has signed too answers with its own. A reply asks for none, so nothing echoes.
 */
export function createAttestor(options: {
  config: Config
  clock: Clock
  repeatMs: number
  send(to: number | 'all', attestation: Attestation): void
  onCertificate(certificate: Certificate): void
}): Attestor {
  const { config, clock, repeatMs, send, onCertificate } = options
  const { guardians, self, signing } = config
  const attestations = createAttestations({ guardians, recover: signing.recover })
  const signed = new Map<Hex, Hex>()
  const waiting = new Set<Hex>()
  let cancel: (() => void) | null = null

  const tell = (to: number | 'all', digest: Hex, reply: boolean): void => {
    const signature = signed.get(digest)
    if (signature !== undefined) send(to, { kind: 'attest', digest, signature, reply })
  }
  /** Others may complete a certificate before this guardian knows what it is for: it hears of it once it has signed. */
  const add = (digest: Hex, index: number, signature: Hex): void => {
    attestations.add(digest, index, signature)
    const certificate = attestations.certificate(digest)
    if (certificate !== null && waiting.delete(digest)) onCertificate(certificate)
  }
  const schedule = (): void => {
    if (waiting.size === 0) return
    cancel ??= clock.schedule(repeatMs, () => {
      cancel = null
      for (const digest of waiting) tell('all', digest, true)
      schedule()
    })
  }
  const forget = (digest: Hex): void => {
    signed.delete(digest)
    waiting.delete(digest)
    attestations.forget(digest)
  }

  return {
    attest(digest) {
      if (signed.has(digest)) return
      const signature = signing.sign(digest)
      signed.set(digest, signature)
      const [oldest] = signed.keys()
      if (signed.size > MAX_SIGNED && oldest !== undefined) forget(oldest)
      waiting.add(digest)
      tell('all', digest, true)
      add(digest, self, signature)
      schedule()
    },
    receive(from, { digest, signature, reply }) {
      add(digest, from, signature)
      if (reply) tell(from, digest, false)
    },
    forget,
    stop: () => cancel?.(),
  }
}
