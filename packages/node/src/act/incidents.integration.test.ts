import { type Action, actionDigest, concatHex, type Hex, type TxFacts, toWord } from '@breakwater/kernel'
import { EXECUTED } from '@breakwater/respond'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { factsOf, hashOf } from '../../test/blocks.ts'
import { describeOnStores } from '../../test/stores.ts'
import { type Db, openStore, type Store } from '../store/store.ts'
import { createIncidents, type Incidents } from './incidents.ts'

const BREAKER: Hex = `0x${'b0'.repeat(20)}`
const VAULT: Hex = `0x${'a0'.repeat(20)}`
const TEXT = { rule: 'pause-vault', target: 'vault', findings: ['the reserve does not hold'] }

/** An action that rests on a block, and may be executed for 100 seconds. */
const actionAt = (number: number, branch = 'a'): Action => ({
  ...{ chainId: 1n, breaker: BREAKER, target: VAULT, level: 3, data: '0x', durationSeconds: 600 },
  ...{ incidentId: hashOf(number, `incident ${branch}`), specHash: hashOf(0), epoch: 1n },
  ...{ anchorNumber: BigInt(number), anchorHash: hashOf(number, branch) },
  deadlineSeconds: BigInt(1000 + 10 * number + 100),
})
const certificateOf = (action: Action) => ({
  ...{ digest: actionDigest(action), bitmap: 7n },
  signatures: [hashOf(1), hashOf(2), hashOf(3)],
})
/** The transaction that executes an action. */
const executionOf = (action: Action, txHash = hashOf(77)): TxFacts => ({
  ...{ hash: txHash, index: 0, status: 'ok' },
  logs: [
    {
      address: BREAKER,
      topics: [EXECUTED, action.incidentId, `0x${VAULT.slice(2).padStart(64, '0')}`],
      data: concatHex([toWord(3n), toWord(2000n), toWord(1n)]),
    },
  ],
})

describeOnStores('incidents', (place) => {
  let store: Store
  let db: Db
  let schemas = 0
  let nowMs: number
  let nowSeconds: bigint
  let changes: string[]
  let orphans: Set<Hex>
  let recorded: Promise<void>
  let incidents: Incidents
  beforeAll(async () => {
    store = await openStore(place.location)
  })
  afterAll(() => store.close())
  const open = () => {
    changes = []
    return createIncidents({
      ...{
        db,
        breaker: BREAKER,
        nowMs: () => nowMs++,
        nowSeconds: () => nowSeconds,
        recorded: () => recorded,
      },
      isOrphaned: (_number, hash) => orphans.has(hash),
      onChange: ({ incident }) => changes.push(incident.status),
      onError: (error) => {
        throw error
      },
    })
  }
  beforeEach(async () => {
    schemas++
    db = await store.open(`g${schemas}`)
    nowMs = 5
    nowSeconds = 1000n
    orphans = new Set()
    recorded = Promise.resolve()
    incidents = open()
  })
  const restart = async () => {
    await incidents.saved()
    incidents = open()
    await incidents.load()
  }
  const joins = (number: number, txs: readonly TxFacts[] = [], branch = 'a', parentBranch = branch) => {
    const facts = factsOf(number, branch, parentBranch, txs)
    nowSeconds = facts.block.timestampSeconds
    incidents.joined(facts)
    return facts.block
  }
  const action = actionAt(1)
  const agree = (isReplayed = false) => incidents.agreed(action, TEXT, isReplayed)

  it('are agreed, certified, executed, each told once', () => {
    const digest = agree()
    expect(digest).toBe(actionDigest(action))
    expect(agree()).toBe(digest)
    expect(incidents.certified(certificateOf(action))).toBe(action)
    expect(incidents.certified(certificateOf(action))).toBe(action)
    joins(2, [executionOf(action)])
    joins(3)
    expect(changes).toEqual(['agreed', 'certified', 'executed'])
    expect(incidents.all()).toMatchObject([
      { ...TEXT, status: 'executed', signers: 3, untilSeconds: 2000n, txHash: hashOf(77), openedAtMs: 5 },
    ])
    expect(incidents.certified(certificateOf(action))).toBeNull()
    expect(agree(true)).toBeNull()
  })

  it('know nothing of a certificate that they have no order for', () => {
    expect(incidents.certified(certificateOf(action))).toBeNull()
    expect(incidents.all()).toEqual([])
  })

  it('are void once the deadline has passed, and not signed any more', () => {
    agree()
    incidents.certified(certificateOf(action))
    joins(11)
    expect(changes).toEqual(['agreed', 'certified'])
    joins(12)
    expect(changes).toEqual(['agreed', 'certified', 'void'])
    expect(agree()).toBeNull()
  })

  it('are void when their block was never seen here and another one comes in its place', () => {
    agree()
    incidents.certified(certificateOf(action))
    joins(1, [], 'b', 'a')
    expect(changes).toEqual(['agreed', 'certified', 'void'])
    joins(1)
    expect(changes.at(-1)).toBe('certified')
  })

  it('are void when their block leaves the chain, and alive again when it is back', () => {
    joins(1)
    agree()
    incidents.certified(certificateOf(action))
    incidents.left([factsOf(1).block])
    joins(1, [], 'b')
    joins(2, [], 'b')
    expect(changes).toEqual(['agreed', 'certified', 'void'])
    incidents.left([factsOf(2, 'b').block, factsOf(1, 'b').block])
    joins(1)
    expect(changes).toEqual(['agreed', 'certified', 'void', 'certified'])
  })

  it('are void at once when their block has left the chain before they were agreed on', () => {
    orphans.add(action.anchorHash)
    expect(agree()).toBeNull()
    expect(changes).toEqual(['void'])
  })

  it('were not executed when the block of the execution leaves the chain', () => {
    agree()
    incidents.certified(certificateOf(action))
    const { hash } = joins(2, [executionOf(action)])
    incidents.left([{ ...factsOf(2).block, hash }])
    expect(incidents.all()).toMatchObject([{ status: 'certified', txHash: null, untilSeconds: 0n }])
    joins(2, [executionOf(action, hashOf(78))], 'b', 'a')
    expect(changes).toEqual(['agreed', 'certified', 'executed', 'certified', 'executed'])
    expect(incidents.all()).toMatchObject([{ txHash: hashOf(78) }])
  })

  it('that others brought about are shown too, and named when the log tells of them', () => {
    joins(2, [executionOf(action)])
    expect(incidents.all()).toMatchObject([
      { id: action.incidentId, rule: 'unknown', target: VAULT, level: 3 },
    ])
    expect(agree()).toBeNull()
    expect(incidents.all()).toMatchObject([{ ...TEXT, status: 'executed' }])
    incidents.left([factsOf(2).block])
    expect(incidents.all()).toMatchObject([{ status: 'void' }])
    expect(changes).toEqual(['executed', 'void'])
  })

  it('survive a restart: what was certified is carried again, what was executed can be undone', async () => {
    const second = actionAt(2)
    agree()
    incidents.agreed(second, TEXT, false)
    for (const order of [action, second]) incidents.certified(certificateOf(order))
    const { hash } = joins(3, [executionOf(second)])
    const before = incidents.all()
    await restart()
    expect(incidents.all()).toEqual(before)
    expect(agree(true)).toBe(actionDigest(action))
    expect(incidents.agreed(second, TEXT, true)).toBeNull()
    expect(incidents.certified(certificateOf(action))).toBe(action)
    expect(changes).toEqual([])
    incidents.left([{ ...factsOf(3).block, hash }])
    expect(changes).toEqual(['certified'])
  })

  it('that are over when the log is read again are history, others are not', () => {
    nowSeconds = action.deadlineSeconds + 1n
    expect(agree(true)).toBeNull()
    expect(incidents.all()).toEqual([])
    const young = actionAt(12)
    expect(incidents.agreed(young, TEXT, true)).toBe(actionDigest(young))
    expect(changes).toEqual(['agreed'])
  })

  it('are stored only after what was told of them is safe', async () => {
    let release = () => {}
    recorded = new Promise((resolve) => {
      release = resolve
    })
    agree()
    const stored = async () => (await db.selectFrom('incidents').select('status').execute()).length
    expect(await stored()).toBe(0)
    release()
    await incidents.saved()
    expect(await stored()).toBe(1)
  })

  it('are kept in memory as far as a thousand', async () => {
    for (let n = 0; n < 1005; n++) incidents.agreed(actionAt(n), TEXT, false)
    expect(incidents.all()).toHaveLength(1000)
    expect(incidents.all()[0]?.anchorNumber).toBe(1004n)
    await restart()
    expect(incidents.all()).toHaveLength(1000)
  })
})
