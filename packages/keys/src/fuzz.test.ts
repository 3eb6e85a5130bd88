import { createSeededRng, type Hex } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { join, sessionOf } from '../test/ceremony.ts'
import { dkgMessages, roastMessages } from '../test/messages.ts'
import { DIGEST, dealGroup } from '../test/signing.ts'
import { decodeDkgMessage, encodeDkgMessage } from './dkg/message.ts'
import type { RoastEvent } from './roast/effect.ts'
import { decodeRoastMessage, encodeRoastMessage, type RoastMessage } from './roast/message.ts'
import { createRoast } from './roast/roast.ts'
import { createSigningEngine } from './signingEngine.ts'

const { group, shares } = dealGroup(4)

/** What the decoder makes of it; `null` when it refuses. */
function attempt<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | null {
  try {
    return decode(bytes)
  } catch (error) {
    expect(error).toMatchObject({ code: 'KERNEL_DECODE' })
    return null
  }
}

/** Anything, and what is nearly right: one kind's first byte before anything. */
const noise = fc
  .tuple(fc.nat({ max: 5 }), fc.uint8Array({ maxLength: 300 }))
  .map(([kind, rest]) => Uint8Array.of(kind, ...rest))

describe('decoders', () => {
  it('read what was written, and refuse every truncation', () => {
    fc.assert(
      fc.property(dkgMessages, roastMessages, fc.nat(), (dkg, roast, cut) => {
        const [a, b] = [encodeDkgMessage(dkg), encodeRoastMessage(roast)]
        expect(decodeDkgMessage(a)).toEqual(dkg)
        expect(decodeRoastMessage(b)).toEqual(roast)
        expect(attempt(decodeDkgMessage, a.subarray(0, cut % a.length))).toBeNull()
        expect(attempt(decodeRoastMessage, b.subarray(0, cut % b.length))).toBeNull()
      }),
    )
  })

  it('give one value for one encoding, and an error that says so for anything else', () => {
    fc.assert(
      fc.property(noise, (bytes) => {
        const [dkg, roast] = [attempt(decodeDkgMessage, bytes), attempt(decodeRoastMessage, bytes)]
        if (dkg !== null) expect(encodeDkgMessage(dkg)).toEqual(bytes)
        if (roast !== null) expect(encodeRoastMessage(roast)).toEqual(bytes)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('whatever is on the log', () => {
  it('a key generation goes on, and excludes nobody who said nothing wrong', () => {
    const anything = fc.oneof(dkgMessages.map(encodeDkgMessage), noise)
    const messages = fc.array(fc.record({ from: fc.integer({ min: 1, max: 5 }), message: anything }), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 8 }), (blocks) => {
        const dkg = join(sessionOf(4), 0)
        blocks.forEach((written, i) => {
          const own = dkg.wanted()
          const mine = own === null ? [] : [{ from: 0, message: encodeDkgMessage(own) }]
          dkg.step({ position: 5n + BigInt(i), messages: [...written, ...mine] })
        })
        expect(dkg.status().excluded.map(({ guardian }) => guardian)).not.toContain(0)
        expect(dkg.group()).toBeNull()
      }),
      { numRuns: 30 },
    )
  })
})

describe('whatever is sent to it', () => {
  const near = roastMessages.map((message): RoastMessage => {
    // As close to what counts as can be without the secrets: the digest in question, the right number of signers.
    if (message.kind === 'nonces') return message
    if (message.kind !== 'request') return { ...message, digest: DIGEST }
    const signers = message.signers.map((one, guardian) => ({ ...one, guardian })).slice(0, 3)
    return { ...message, digest: DIGEST, signers }
  })
  const digest = fc.constantFrom<Hex>(DIGEST, `0x${'11'.repeat(32)}`)
  const leader = fc.nat({ max: 5 })
  const events = fc.oneof(
    fc.record({ kind: fc.constant('message' as const), from: fc.nat({ max: 5 }), message: near }),
    fc.record({ kind: fc.constantFrom('notarized' as const, 'finalized' as const), digest, leader }),
    fc.record({ kind: fc.constant('forget' as const), digest }),
    fc.record({
      kind: fc.constant('timer' as const),
      timer: fc.oneof(
        fc.record({ kind: fc.constant('takeover' as const), digest }),
        fc.record({ kind: fc.constant('patience' as const), digest, session: fc.nat({ max: 2 }) }),
      ),
    }),
  )

  it('a signer does not fail, and signs nothing that is not final', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (list) => {
        const [share] = shares
        if (share === undefined) return
        const engine = createSigningEngine(share, createSeededRng(1))
        const roast = createRoast({ group, self: 0, patienceMs: 1, takeoverMs: 1, banned: [] })
        const final = new Set<Hex>()
        const step = (event: RoastEvent): void => {
          if (event.kind === 'finalized') final.add(event.digest)
          if (event.kind === 'forget') final.delete(event.digest)
          for (const effect of roast.step(event)) {
            if (effect.kind !== 'job') continue
            if (effect.job.kind === 'sign') expect(final).toContain(effect.job.task.digest)
            step({ kind: 'result', result: engine.run(effect.job) })
          }
        }
        step({ kind: 'start' })
        for (const event of list) step(event)
      }),
      { numRuns: 30 },
    )
  })
})
