/** What there is to prove, and what the model checker's messages say about it. */

export type Engine = 'chc' | 'bmc'

/** One contract of a file of proofs. */
export interface Property {
  /** Path of the file, relative to contracts/. */
  readonly path: string
  /** Name of the contract. */
  readonly name: string
  readonly engine: Engine
  /** Its notice. */
  readonly meaning: string
}

export interface Verdict {
  readonly verdict: 'proved' | 'unproved' | 'counterexample'
  /** The messages that speak against it. */
  readonly detail: string
}

interface Message {
  readonly errorCode?: string
  readonly message: string
  readonly formattedMessage: string
}

/** That one of the two engines will be removed from a later compiler says nothing about this one. */
const DEPRECATION = '3993'

/** @throws Error for a property that does not say what it means. */
export function propertiesOf(path: string, source: string): Property[] {
  const pattern = /((?:^\/\/\/.*\n)+)^contract (\w+)/gm
  const found = [...source.matchAll(pattern)].map(([, comment = '', name = '']) => {
    const text = comment.replace(/^\/\/\/ ?/gm, '')
    const meaning = /@notice ([^@]*)/.exec(text)?.[1]?.replace(/\s+/g, ' ').trim()
    if (meaning === undefined) throw new Error(`${path}: ${name} has no notice`)
    const engine: Engine = /@custom:engine bmc\b/.test(text) ? 'bmc' : 'chc'
    return { path, name, engine, meaning }
  })
  const declared = source.match(/^contract \w+/gm)?.length ?? 0
  if (declared !== found.length) throw new Error(`${path}: a contract has no notice`)
  return found
}

/** Proved: there was something to prove, all of it is safe, and nothing was passed over. */
export function readVerdict(messages: readonly Message[]): Verdict {
  const relevant = messages.filter(({ errorCode }) => errorCode !== DEPRECATION)
  const isSafe = ({ message }: Message) => /check is safe!/.test(message)
  const against = relevant.filter((message) => !isSafe(message))
  const detail = against.map(({ formattedMessage }) => formattedMessage.trim()).join('\n')
  if (against.some(({ message }) => /happens here/.test(message)))
    return { verdict: 'counterexample', detail }
  const asserted = relevant.some((item) => isSafe(item) && /Assertion violation/.test(item.message))
  if (against.length === 0 && asserted) return { verdict: 'proved', detail }
  return { verdict: 'unproved', detail: detail || 'there is no assertion in it' }
}
