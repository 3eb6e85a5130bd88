import { BaseError, type Clock, messageOf } from '@breakwater/kernel'

/**
 * How one provider stands:
 * - `starting`: not heard of yet
 * - `clear`: it vouched for the newest block that was asked for
 * - `behind`: it answers, but does not have that block
 * - `down`: it does not answer, or not in a way that can be read
 * - `conflict`: its answer contradicts its own header, or another provider
 */
export interface Standing {
  state: 'starting' | 'clear' | 'behind' | 'down' | 'conflict'
  reason: string | null
}

export interface Answer<T> {
  value: T
  /** How many providers vouch for it. */
  voices: number
}

/** What one consultation came to, and how each provider did in it. */
export interface Round<T> {
  outcome: Answer<T> | BaseError
  standings: ReadonlyMap<string, Standing>
}

export interface Question<T> {
  /** What is asked for, in messages: `block 5`. */
  what: string
  /** One provider's answer; `null` when it does not have it. */
  ask(label: string, signal: AbortSignal): Promise<T | null>
  /** Whether an answer is all that was asked for. One that is not can contradict, but not vouch. */
  isWhole(answer: T): boolean
  /**
   * What the answers, at least one, say together: a text when two of them contradict each other, `null` when none of
   * them is whole.
   */
  weigh(answers: ReadonlyMap<string, T>): Answer<T> | string | null
}

export interface ConsultOptions {
  /** How long providers may take to come to the same answer, from the first that said something. */
  graceMs: number
  clock: Clock
  signal: AbortSignal
}

/** Errors by which a provider contradicts what it said itself, rather than failing to say something. */
const CONTRADICTIONS = new Set(['CHAIN_HEADER_MISMATCH', 'CHAIN_RECEIPTS_MISMATCH'])
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 250

type Word<T> =
  | { kind: 'asking' | 'absent' }
  | { kind: 'answer' | 'part'; value: T }
  | { kind: 'failed' | 'contradiction'; error: unknown }

/**
 * Asks several providers the same and comes back with what they agree on.
 *
 * All that are asked have to give the same answer. Who has none yet, fails or disagrees is asked again during a grace
 * time, in which blocks propagate. Then a contradiction that is still there is the outcome (CHAIN_CONFLICT): never
 * the answer of a majority. Who still has no answer is left out, if at least one has; an answer of fewer voices than
 * providers is therefore possible and says so. With no answer at all the outcome is CHAIN_ABSENT or
 * CHAIN_UNREACHABLE; a provider on another chain ends the round at once with CHAIN_WRONG_ID.
 *
 * @throws the signal's reason when it aborts.
 */
export async function consult<T>(
  labels: readonly string[],
  question: Question<T>,
  { graceMs, clock, signal }: ConsultOptions,
): Promise<Round<T>> {
  signal.throwIfAborted()
  const words = new Map<string, Word<T>>(labels.map((label) => [label, { kind: 'asking' }]))
  const ending = new AbortController()
  let cancelGrace = () => {}
  let isLate = false
  try {
    return await new Promise((resolve, reject) => {
      let isFirst = true
      const evaluate = () => {
        const outcome = conclude(words, question, isLate)
        if (outcome !== null) return resolve({ outcome, standings: standingsOf(words, question.weigh) })
        if (!isFirst) return
        isFirst = false
        cancelGrace = clock.schedule(graceMs, () => {
          isLate = true
          evaluate()
        })
      }
      signal.addEventListener('abort', () => reject(signal.reason), { signal: ending.signal })
      for (const label of labels) pursue(label, words, question, evaluate, clock, ending.signal).catch(reject)
    })
  } finally {
    ending.abort()
    cancelGrace()
  }
}

/** Asks one provider until the consultation ends: again and again while it has no answer or there is a conflict. */
async function pursue<T>(
  label: string,
  words: Map<string, Word<T>>,
  question: Question<T>,
  evaluate: () => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS
  while (!signal.aborted) {
    const isSettled =
      words.get(label)?.kind === 'answer' && typeof weighed(words, question.weigh) !== 'string'
    if (!isSettled) {
      const word = await listen(question, label, signal)
      if (signal.aborted) return
      words.set(label, word)
      evaluate()
    }
    await clock.sleep(pauseMs, signal)
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
  }
}

async function listen<T>(question: Question<T>, label: string, signal: AbortSignal): Promise<Word<T>> {
  try {
    const value = await question.ask(label, signal)
    if (value === null) return { kind: 'absent' }
    return { kind: question.isWhole(value) ? 'answer' : 'part', value }
  } catch (error) {
    const isContradiction = error instanceof BaseError && CONTRADICTIONS.has(error.code)
    return { kind: isContradiction ? 'contradiction' : 'failed', error }
  }
}

type Words<T> = ReadonlyMap<string, Word<T>>

function weighed<T>(words: Words<T>, weigh: Question<T>['weigh']): Answer<T> | string | null {
  const answers = [...words].flatMap(([label, word]) =>
    'value' in word ? [[label, word.value] as const] : [],
  )
  return answers.length === 0 ? null : weigh(new Map(answers))
}

/** The outcome, as soon as there is one. */
function conclude<T>(
  words: Words<T>,
  { what, weigh }: Question<T>,
  isLate: boolean,
): Answer<T> | BaseError | null {
  const all = [...words.values()]
  const errors = all.flatMap((word) => ('error' in word ? [word.error] : []))
  const wrongChain = errors.find((error) => error instanceof BaseError && error.code === 'CHAIN_WRONG_ID')
  if (wrongChain instanceof BaseError) return wrongChain
  const result = weighed(words, weigh)
  if (typeof result === 'object' && result !== null && all.every(({ kind }) => kind === 'answer'))
    return result
  if (!isLate) return null
  if (typeof result === 'string') return conflict(what, result)
  const contradiction = all.find(({ kind }) => kind === 'contradiction')
  if (contradiction !== undefined && 'error' in contradiction) {
    return conflict(what, messageOf(contradiction.error), contradiction.error)
  }
  if (result !== null) return result
  // A slow provider is better than none: its own timeout ends this.
  if (all.some(({ kind }) => kind === 'asking')) return null
  return errors.length === 0
    ? new BaseError('CHAIN_ABSENT', `no provider has ${what}`, { retry: 'later' })
    : new BaseError(
        'CHAIN_UNREACHABLE',
        `no provider answers for ${what}: ${errors.map(messageOf).join('; ')}`,
        {
          hint: 'see whether the RPC URLs are right and their nodes are up',
          retry: 'later',
          cause: errors[0],
        },
      )
}

function conflict(what: string, reason: string, cause?: unknown): BaseError {
  return new BaseError(
    'CHAIN_CONFLICT',
    `providers contradict each other or themselves about ${what}: ${reason}`,
    {
      hint: 'one of them lies or is broken; remove it, or add an independent one to see which',
      retry: 'later',
      cause,
    },
  )
}

function standingsOf<T>(words: Words<T>, weigh: Question<T>['weigh']): ReadonlyMap<string, Standing> {
  const result = weighed(words, weigh)
  const standing = (word: Word<T>): Standing => {
    if (typeof result === 'string' && 'value' in word) return { state: 'conflict', reason: result }
    switch (word.kind) {
      case 'answer':
        return { state: 'clear', reason: null }
      case 'part':
      case 'absent':
        return { state: 'behind', reason: 'it does not have the newest block' }
      case 'asking':
        return { state: 'down', reason: 'it did not answer in time' }
      case 'failed':
        return { state: 'down', reason: messageOf(word.error) }
      case 'contradiction':
        return { state: 'conflict', reason: messageOf(word.error) }
    }
  }
  return new Map([...words].map(([label, word]) => [label, standing(word)]))
}
