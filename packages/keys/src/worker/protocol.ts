/** What crosses between the threads, by structured clone: never as text. */
import type { GroupShare } from '../frostGroup.ts'
import type { SigningJob, SigningResult } from '../signingEngine.ts'

export type Request =
  /** First of all, once. */
  | { readonly kind: 'open'; readonly share: GroupShare }
  | { readonly kind: 'job'; readonly id: number; readonly job: SigningJob }
  | { readonly kind: 'close' }

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly id: number; readonly result: SigningResult }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string }
