import { BaseError, type BlockRef, messageOf } from '@breakwater/kernel'
import type { Round, Standing } from './consult.ts'
import type { Endpoint } from './endpoint.ts'
import type { Header } from './header.ts'
import type { BlockTree } from './tree.ts'

/** One provider and how it does. */
export interface Member {
  readonly endpoint: Endpoint
  standing: Standing
  /**
   * Whether blocks wait for it, for the grace time at most. Who let them wait once is left out until its head shows
   * that it has caught up, so that a dead provider delays one block and not each.
   */
  isExpected: boolean
  /** Its newest head, as far as heard. */
  head: Header | null
  /** Since when its head cannot be read. */
  failingSinceMs: number | null
}

/** The providers of one chain. */
export interface Panel {
  readonly members: ReadonlyMap<string, Member>
  /** Those whose answer counts now: all that are expected, or all when none is. */
  voting(): readonly string[]
  /** The newest head that anybody voting told of. */
  top(): Header | null
  /** The lowest head that is not on the followed branch although its height is: a reorganisation, or a lie. */
  stray(tree: BlockTree): BlockRef | null
  /** A head was read or announced. */
  heard(label: string, header: Header, tree: BlockTree | null): void
  failed(label: string, error: unknown, nowMs: number): void
  concluded(round: Round<unknown>): void
  /** Drops heads that contradict the tree, once it has been settled who is right: they are stale. */
  forgetStrays(tree: BlockTree): void
}

export function createPanel(endpoints: readonly Endpoint[], graceMs: number): Panel {
  const members = new Map(endpoints.map((endpoint) => [endpoint.label, createMember(endpoint)]))
  const get = (label: string) => members.get(label) as Member
  const voting = () => {
    const expected = [...members].filter(([, { isExpected }]) => isExpected)
    return (expected.length > 0 ? expected : [...members]).map(([label]) => label)
  }
  return {
    members,
    voting,
    top: () => voting().reduce<Header | null>((best, label) => higher(best, get(label).head), null),
    stray(tree) {
      const strays = [...members.values()].flatMap(({ head }) =>
        head !== null && isStray(head.ref, tree) ? [head.ref] : [],
      )
      return strays.sort((a, b) => (a.number < b.number ? -1 : 1))[0] ?? null
    },
    heard: (label, header, tree) => hear(get(label), header, tree),
    failed(label, error, nowMs) {
      const member = get(label)
      member.failingSinceMs ??= nowMs
      if (error instanceof BaseError && error.code === 'CHAIN_WRONG_ID') {
        member.standing = { state: 'conflict', reason: messageOf(error) }
        member.isExpected = true
      } else if (nowMs - member.failingSinceMs >= graceMs) {
        member.standing = { state: 'down', reason: messageOf(error) }
        member.isExpected = false
      }
    },
    concluded({ standings }) {
      for (const [label, standing] of standings) {
        const member = get(label)
        member.standing = standing
        member.isExpected = standing.state === 'clear' || standing.state === 'conflict'
      }
    },
    forgetStrays(tree) {
      for (const member of members.values()) {
        if (member.head !== null && isStray(member.head.ref, tree)) member.head = null
      }
    },
  }
}

function createMember(endpoint: Endpoint): Member {
  return {
    endpoint,
    standing: { state: 'starting', reason: 'it was not heard of yet' },
    isExpected: true,
    head: null,
    failingSinceMs: null,
  }
}

function hear(member: Member, header: Header, tree: BlockTree | null): void {
  member.head = header
  member.failingSinceMs = null
  if (tree === null) {
    member.isExpected = true
    return
  }
  const isLevel = header.ref.number >= tree.head.number
  // A stray is expected too: what it contradicts must be decided, not passed over.
  if (isLevel || isStray(header.ref, tree)) member.isExpected = true
  if (header.ref.hash === tree.head.hash) member.standing = { state: 'clear', reason: null }
  else if (member.standing.state === 'down') {
    member.standing = { state: 'behind', reason: 'it answers again and has yet to catch up' }
  }
}

function isStray({ number, hash }: BlockRef, tree: BlockTree): boolean {
  const ours = tree.at(number)
  return ours !== undefined && ours.hash !== hash
}

function higher(a: Header | null, b: Header | null): Header | null {
  if (a === null || b === null) return a ?? b
  return b.ref.number > a.ref.number ? b : a
}
