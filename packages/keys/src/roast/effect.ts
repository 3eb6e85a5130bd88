/** What goes into a guardian's part of signing and what comes out: plain data, as in consensus. */
import type { Hex } from '@breakwater/kernel'
import type { GroupSignature } from '../frost.ts'
import type { SigningJob, SigningResult } from '../signingEngine.ts'
import type { RoastMessage } from './message.ts'

export type RoastTimer =
  /** A session has had its time: what has not come may never come. */
  | { readonly kind: 'patience'; readonly digest: Hex; readonly session: number }
  /** The coordinators before this guardian have had their time. */
  | { readonly kind: 'takeover'; readonly digest: Hex }

export type RoastEvent =
  /** First of all, also after a restart. */
  | { readonly kind: 'start' }
  /** `leader` has proposed what is signed under `digest`: sessions can be prepared, but nobody signs yet. */
  | { readonly kind: 'notarized'; readonly digest: Hex; readonly leader: number }
  /** The log has finalized it: from now on, and only from now on, this guardian signs `digest`. */
  | { readonly kind: 'finalized'; readonly digest: Hex; readonly leader: number }
  /** Nobody needs the signature any more. */
  | { readonly kind: 'forget'; readonly digest: Hex }
  /** `from` is authenticated by the transport. */
  | { readonly kind: 'message'; readonly from: number; readonly message: RoastMessage }
  | { readonly kind: 'timer'; readonly timer: RoastTimer }
  /** The answer to a `job` effect. */
  | { readonly kind: 'result'; readonly result: SigningResult }

export type RoastEffect =
  | { readonly kind: 'send'; readonly to: number | 'all'; readonly message: RoastMessage }
  /** For the engine; jobs may overtake each other. */
  | { readonly kind: 'job'; readonly job: SigningJob }
  | { readonly kind: 'timer'; readonly timer: RoastTimer; readonly delayMs: number }
  /** A guardian sent what is provably wrong. To be remembered, and given again at the next start. */
  | { readonly kind: 'banned'; readonly guardian: number; readonly reason: string }
  /** Verified under the group's key. Once for a digest. */
  | { readonly kind: 'signature'; readonly digest: Hex; readonly signature: GroupSignature }
