import type { Evaluation } from '@breakwater/detect'
import { type Action, type Hex, known, unknown } from '@breakwater/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BlockOptions,
  evaluationOf,
  finding,
  HOLD_VAULT,
  hashOf,
  PAUSE_PERPS,
  PAUSE_VAULT,
  secondsOf,
  specOf,
} from '../test/sample.ts'
import { createRespondDuty } from './duty.ts'
import type { RespondPayload } from './payload.ts'

const SPEC = specOf(PAUSE_VAULT, HOLD_VAULT, PAUSE_PERPS)
const AT = { epoch: 1n, view: 1n, digest: hashOf(0n) }

/** A guardian's view of a chain: blocks 100, 101, … as it judged them, the last one its head. */
function guardian(...blocks: readonly BlockOptions[]) {
  const evaluations = new Map<Hex, Evaluation>()
  let head: Evaluation | null = null
  const add = (options: BlockOptions) => {
    const evaluation = evaluationOf(SPEC, { number: 100n + BigInt(evaluations.size), ...options })
    evaluations.set(evaluation.block.hash, evaluation)
    head = evaluation
    return evaluation
  }
  for (const block of blocks) add(block)
  const duty = createRespondDuty({
    spec: SPEC,
    epoch: 1n,
    head: () => head,
    evaluation: async (hash) => evaluations.get(hash) ?? null,
    judged: (hash) => evaluations.get(hash) ?? null,
    isAncestor(hash, of) {
      let at = evaluations.get(of)
      while (at !== undefined && at.block.hash !== hash) at = evaluations.get(at.block.parentHash)
      return at !== undefined
    },
  })
  const validate = (payload: RespondPayload, state: readonly Action[] = []) =>
    duty.validate(state, payload, new AbortController().signal)
  return { duty, add, validate, setHead: (evaluation: Evaluation | null) => (head = evaluation) }
}

const DAMAGE = { findings: [finding('solvent')] }
const payloadAt = (number: bigint, ...responses: string[]): RespondPayload => ({
  ...{ anchorNumber: number, anchorHash: hashOf(number), anchorSeconds: secondsOf(number) },
  responses,
})
const BOTH = payloadAt(100n, 'pause-vault', 'pause-perps')

describe('proposing', () => {
  it('offers what the specification asks for at the head, and nothing without a head or a cause', () => {
    expect(guardian(DAMAGE).duty.propose([])).toEqual(BOTH)
    expect(guardian({}, {}).duty.propose([])).toBeNull()
    expect(guardian().duty.propose([])).toBeNull()
  })

  it('offers what an older block asked for, which the newest no longer shows, until it is in force or too late', () => {
    expect(guardian(DAMAGE, {}).duty.propose([])).toEqual(BOTH)
    expect(guardian(DAMAGE, {}, {}).duty.propose([])).toEqual(BOTH)
    // The newest cause comes first.
    expect(guardian(DAMAGE, {}, DAMAGE, {}).duty.propose([])).toEqual(payloadAt(102n, ...BOTH.responses))
    const { state } = guardian(DAMAGE).duty.apply([], BOTH, AT)
    expect(guardian(DAMAGE, {}).duty.propose(state)).toBeNull()
    const held = { 'statusOf(vault).level': known(3n), 'statusOf(vault).untilSeconds': known(2n ** 40n) }
    expect(guardian(DAMAGE, { breaker: held }).duty.propose([])).toEqual(payloadAt(100n, 'pause-perps'))
    expect(guardian(DAMAGE, { seconds: secondsOf(100n) + 299n }).duty.propose([])).toEqual(BOTH)
    expect(guardian(DAMAGE, { seconds: secondsOf(100n) + 300n }).duty.propose([])).toBeNull()
    const quiet = Array.from({ length: 15 }, () => ({}))
    expect(guardian(DAMAGE, ...quiet).duty.propose([])).toEqual(BOTH)
    expect(guardian(DAMAGE, ...quiet, {}).duty.propose([])).toBeNull()
  })

  it('offers what all guardians with the same view accept', async () => {
    const rule = fc.constantFrom('solvent' as const, 'booked' as const, 'quiet' as const)
    const blocks = fc.array(
      fc.record({
        findings: fc.array(
          rule.map((id) => finding(id)),
          { maxLength: 3 },
        ),
      }),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    await fc.assert(
      fc.asyncProperty(blocks, async (chain) => {
        const payload = guardian(...chain).duty.propose([])
        if (payload !== null) expect(await guardian(...chain).validate(payload)).toBe('accept')
      }),
    )
  })
})

describe('validating', () => {
  it('accepts all or a part of what its own evaluation asks for, and nothing else', async () => {
    const { validate } = guardian(DAMAGE)
    expect(await validate(BOTH)).toBe('accept')
    expect(await validate(payloadAt(100n, 'pause-perps'))).toBe('accept')
    expect(await validate(payloadAt(100n, 'hold-vault'))).toBe('reject')
    expect(await validate(payloadAt(100n, 'pause-vault', 'nobody'))).toBe('reject')
    expect(await validate(payloadAt(100n))).toBe('reject')
    expect(await validate(payloadAt(100n, 'pause-vault', 'pause-vault'))).toBe('reject')
    expect(await guardian({}).validate(BOTH)).toBe('reject')
  })

  it('rejects a block that is told with another number or time', async () => {
    const { validate } = guardian(DAMAGE)
    expect(await validate({ ...BOTH, anchorNumber: 101n })).toBe('reject')
    expect(await validate({ ...BOTH, anchorSeconds: secondsOf(100n) + 1n })).toBe('reject')
  })

  it('abstains while it is blind, and about blocks that it does not know', async () => {
    const { validate, setHead } = guardian(DAMAGE)
    expect(await validate(payloadAt(101n, 'pause-vault'))).toBe('abstain')
    setHead(null)
    expect(await validate(BOTH)).toBe('abstain')
  })

  it('abstains rather than contradict when it could not judge everything itself', async () => {
    const warming = {
      detector: 'net-outflow',
      rule: 'o',
      subject: 'vault',
      reason: 'warming',
      missing: '1h',
    } as const
    expect(await guardian({ unknown: [warming] }).validate(BOTH)).toBe('abstain')
    expect(await guardian({ ...DAMAGE, unknown: [warming] }).validate(BOTH)).toBe('accept')
    const unread = { 'statusOf(vault).level': unknown('blind') }
    expect(await guardian({ ...DAMAGE, breaker: unread }).validate(BOTH)).toBe('abstain')
    const other = { 'registrationOf(vault).specHash': known(5n) }
    expect(await guardian({ ...DAMAGE, breaker: other }).validate(BOTH)).toBe('abstain')
  })

  it('accepts an older block of its own branch, until the action would come too late', async () => {
    const younger = (seconds: bigint) => guardian(DAMAGE, { seconds: secondsOf(100n) + seconds })
    expect(await younger(299n).validate(BOTH)).toBe('accept')
    expect(await younger(300n).validate(BOTH)).toBe('abstain')
  })

  it('abstains about a block that its chain has left', async () => {
    const { validate, add } = guardian({}, DAMAGE)
    expect(await validate(payloadAt(101n, 'pause-vault'))).toBe('accept')
    add({ number: 101n, branch: 'b', parentHash: hashOf(100n) })
    expect(await validate(payloadAt(101n, 'pause-vault'))).toBe('abstain')
  })

  it('waits for a block that it has not judged yet', async () => {
    const evaluation = evaluationOf(SPEC, DAMAGE)
    let arrive = (_evaluation: Evaluation) => {}
    let head: Evaluation | null = null
    const duty = createRespondDuty({
      ...{ spec: SPEC, epoch: 1n, head: () => head, isAncestor: () => true, judged: () => null },
      evaluation: () =>
        new Promise((resolve) => {
          arrive = resolve
        }),
    })
    const judgement = duty.validate([], BOTH, new AbortController().signal)
    head = evaluation
    arrive(evaluation)
    expect(await judgement).toBe('accept')
  })
})

describe('the log', () => {
  const order = (payload: RespondPayload, state: readonly Action[] = []) =>
    guardian(DAMAGE).duty.apply(state, payload, AT)

  it('turns a payload into its actions, and remembers them until their deadline', () => {
    const first = order(BOTH)
    expect(first.effects.map(({ level, anchorNumber }) => [level, anchorNumber])).toEqual([
      [3, 100n],
      [3, 100n],
    ])
    expect(first.state).toEqual(first.effects)
    const later = { ...payloadAt(200n, 'pause-vault'), anchorSeconds: secondsOf(100n) + 299n }
    expect(order(later, first.state).state).toHaveLength(3)
    expect(order({ ...later, anchorSeconds: secondsOf(100n) + 300n }, first.state).state).toHaveLength(1)
  })

  it('keeps a pending action from being ordered again', async () => {
    const { state } = guardian(DAMAGE).duty.apply([], BOTH, AT)
    const { duty, validate } = guardian(DAMAGE, DAMAGE)
    expect(duty.propose(state)).toBeNull()
    expect(await validate(payloadAt(101n, 'pause-vault'), state)).toBe('reject')
    expect(duty.propose(state.slice(1))).toEqual(payloadAt(101n, 'pause-vault'))
  })

  it('lets an escalation pass, but nothing milder', () => {
    const booked = { findings: [finding('booked')] }
    const held = guardian(booked).duty.apply([], payloadAt(100n, 'hold-vault'), AT).state
    expect(guardian(booked, booked).duty.propose(held)).toBeNull()
    expect(guardian(booked, DAMAGE).duty.propose(held)).toEqual(payloadAt(101n, 'pause-vault', 'pause-perps'))
    expect(guardian(DAMAGE, booked).duty.propose(order(BOTH).state)).toBeNull()
  })

  it('does not wait for an action that a later one overtook', () => {
    const booked = { findings: [finding('booked')] }
    const { duty } = guardian(DAMAGE, booked, DAMAGE)
    const milder = duty.apply([], payloadAt(101n, 'hold-vault'), AT).state
    const { state } = duty.apply(milder, payloadAt(100n, 'pause-vault', 'pause-perps'), AT)
    // Nothing came after the one on the perpetuals.
    expect(duty.propose(state)).toEqual(payloadAt(102n, 'pause-vault'))
    expect(guardian(DAMAGE, DAMAGE).duty.propose(order(BOTH).state)).toBeNull()
  })

  it('is armed again when the deadline passed, and when the action was born on a branch that was left', () => {
    const { state } = guardian(DAMAGE).duty.apply([], BOTH, AT)
    const late = guardian(DAMAGE, { ...DAMAGE, seconds: secondsOf(100n) + 300n })
    expect(late.duty.propose(state)?.responses).toEqual(['pause-vault', 'pause-perps'])
    const other = guardian({ number: 99n }, { ...DAMAGE, number: 100n, branch: 'b', parentHash: hashOf(99n) })
    expect(other.duty.propose(state)).toMatchObject({ anchorHash: hashOf(100n, 'b') })
  })

  it('renews a brake shorter than five minutes without a gap', () => {
    const short = specOf('id: short, when: severity >= high, do: pause, target: vault, for: 100s')
    const at = (seconds: bigint, untilSeconds: bigint) =>
      evaluationOf(short, {
        ...{ ...DAMAGE, seconds: secondsOf(100n) + seconds },
        breaker: {
          'statusOf(vault).level': known(untilSeconds > seconds ? 3n : 0n),
          'statusOf(vault).untilSeconds': known(secondsOf(100n) + untilSeconds),
        },
      })
    let head = at(0n, 0n)
    const duty = createRespondDuty({
      ...{ spec: short, epoch: 1n, head: () => head, isAncestor: () => true, judged: () => null },
      evaluation: async () => head,
    })
    const { state } = duty.apply([], payloadAt(100n, 'short'), AT)
    // Executed one second after its block: it holds until 101.
    head = at(75n, 101n)
    expect(duty.propose(state)).toBeNull()
    head = at(76n, 101n)
    expect(duty.propose(state)).not.toBeNull()
  })
})
