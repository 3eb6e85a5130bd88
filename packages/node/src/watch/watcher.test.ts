import type { ProviderSight, Sight } from '@breakwater/chain'
import { describe, expect, it } from 'vitest'
import { factsOf } from '../../test/blocks.ts'
import { isGoodEnough } from './watcher.ts'

const provider = (state: ProviderSight['state'], head: number | null = 100): ProviderSight => ({
  ...{ label: 'node', state, reason: null },
  head: head === null ? null : factsOf(head).block,
})
const sight = (state: Sight['state'], ...providers: ProviderSight[]): Sight => ({
  ...{ state, reason: '', sinceMs: 0, isUnverified: false },
  providers,
})

describe('what a guardian sees is good enough to vote on', () => {
  it.each<[string, Sight, boolean]>([
    ['when all is clear', sight('clear', provider('clear')), true],
    ['not before the first block', sight('starting', provider('clear')), false],
    ['not while it is blind', sight('blind', provider('clear'), provider('clear')), false],
    [
      'when two of three vouch',
      sight('behind', provider('clear'), provider('clear'), provider('down')),
      true,
    ],
    ['not when one of two vouches', sight('behind', provider('clear'), provider('down')), false],
    [
      'not when one of three vouches',
      sight('behind', provider('clear'), provider('down'), provider('behind')),
      false,
    ],
    ['when only finality is unknown', sight('behind', provider('clear')), true],
    ['when heads are just arriving', sight('behind', provider('clear', 108)), true],
    ['not while it catches up', sight('behind', provider('clear', 109)), false],
    [
      'not while it catches up with two of three',
      sight('behind', provider('clear', 109), provider('clear'), provider('down')),
      false,
    ],
    [
      'when the one that is ahead does not vouch',
      sight('behind', provider('clear'), provider('clear'), provider('behind', 500)),
      true,
    ],
    ['when a head was not heard of', sight('behind', provider('clear', null)), true],
  ])('%s', (_name, seen, expected) => {
    expect(isGoodEnough(seen, 100n)).toBe(expected)
  })

  it('not without a block of its own', () => {
    expect(isGoodEnough(sight('behind', provider('clear')), null)).toBe(false)
  })
})
