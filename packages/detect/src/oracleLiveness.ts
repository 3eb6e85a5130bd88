import {
  absolute,
  compare,
  type Detector,
  divide,
  type Finding,
  type Known,
  known,
  mergeNeeds,
  multiply,
  NO_NEEDS,
  type Quantity,
  quantityText,
  type Scene,
  subtract,
  type Unknown,
} from '@breakwater/kernel'
import { evaluate, type OracleLiveness } from '@breakwater/spec'
import { formatDecimal, formatDuration, formatShare } from './format.ts'

/** A feed may be late by half of its heartbeat. */
const LATE = { n: 3n, d: 2n }
/** Blocks in a row for which the feed must stand still: a keeper needs one to report what its sources show. */
const STILL_BLOCKS = 2

/** The feed's latest report, the reference price when it came, and for how many blocks it has been behind. */
interface State {
  updatedAt: Quantity
  referenceE8: bigint | null
  stillBlocks: number
}

/**
 * D8: a feed is older than one and a half heartbeats, has reached the lowest or highest answer that it can give,
 * or stands still while the reference price moves by more than the feed's own deviation threshold.
 */
export function createOracleLiveness(config: OracleLiveness): Detector<State | null> {
  const { still } = config
  return {
    id: config.id,
    needs: mergeNeeds([
      config.answer.needs,
      config.updatedAt.needs,
      { ...NO_NEEDS, assets: still === undefined ? [] : [still.asset] },
    ]),
    init: null,
    step(state, scene) {
      const answer = evaluate(config.answer, scene)
      const updatedAt = evaluate(config.updatedAt, scene)
      if (!answer.ok)
        return { state, findings: [], unknown: [unknownOf(config, answer.reason, 'its answer')] }
      if (!updatedAt.ok)
        return { state, findings: [], unknown: [unknownOf(config, updatedAt.reason, 'its time')] }
      const next = observe(config, state, updatedAt.value, scene)
      const price = divide(answer.value, 10n ** BigInt(config.decimals)) ?? 0n
      const findings = [
        late(config, updatedAt.value, scene),
        bound(config, price),
        next.ok && next.value.moved !== null && next.value.state.stillBlocks >= STILL_BLOCKS
          ? finding(
              config,
              'still',
              `stands still while ${still?.asset} moved by ${formatShare(next.value.moved)}`,
              {
                moved: quantityText(next.value.moved),
              },
            )
          : null,
      ]
      return {
        state: next.ok ? next.value.state : state,
        findings: findings
          .filter((found) => found !== null)
          .map((found) => ({ ...found, block: scene.facts.block })),
        unknown: next.ok ? [] : [unknownOf(config, next.reason, `the reference price of ${still?.asset}`)],
      }
    },
  }
}

/** Remembers the reference price at each report, and measures how far it has moved since. */
function observe(
  { still }: OracleLiveness,
  state: State | null,
  updatedAt: Quantity,
  { facts }: Scene,
): Known<{ state: State; moved: Quantity | null }> {
  const reported = state === null || compare(state.updatedAt, updatedAt) !== 0
  const fresh: State = { updatedAt, referenceE8: null, stillBlocks: 0 }
  if (still === undefined) return known({ state: fresh, moved: null })
  const ref = facts.observed.refs.get(still.asset) ?? { ok: false as const, reason: 'unsupported' as const }
  if (!ref.ok) return ref
  const { priceE8 } = ref.value
  if (reported || state.referenceE8 === null) {
    return known({ state: { ...fresh, referenceE8: priceE8 }, moved: null })
  }
  const ratio = divide(priceE8, state.referenceE8)
  const moved = ratio === undefined ? 0n : absolute(subtract(ratio, 1n) ?? 0n)
  const behind = compare(moved, still.deviation) > 0
  return known({
    state: { ...state, stillBlocks: behind ? state.stillBlocks + 1 : 0 },
    moved: behind ? moved : null,
  })
}

type Found = Omit<Finding, 'block'>

function late(config: OracleLiveness, updatedAt: Quantity, { facts }: Scene): Found | null {
  const age = subtract(facts.block.timestampSeconds, updatedAt) ?? 0n
  const allowed = multiply(LATE, BigInt(config.heartbeatSeconds)) ?? 0n
  if (compare(age, allowed) <= 0) return null
  const heartbeat = formatDuration(config.heartbeatSeconds)
  return finding(config, 'late', `is ${formatDecimal(age, 0)} s old, its heartbeat is ${heartbeat}`, {
    ageSeconds: quantityText(age),
  })
}

function bound(config: OracleLiveness, price: Quantity): Found | null {
  const low = config.min !== undefined && compare(price, config.min) <= 0
  const high = config.max !== undefined && compare(price, config.max) >= 0
  if (!low && !high) return null
  return finding(
    config,
    'bound',
    `is at its ${low ? 'lowest' : 'highest'} possible answer, ${formatDecimal(price, 8)} USD`,
    {
      price: quantityText(price),
    },
  )
}

function finding(
  config: OracleLiveness,
  kind: string,
  what: string,
  evidence: Record<string, string>,
): Found {
  return {
    detector: config.use,
    rule: config.id,
    role: config.role,
    severity: config.severity,
    inputs: kind === 'still' ? 'observed' : 'chain',
    subject: config.subject,
    summary: `feed ${config.subject} ${what}`,
    evidence,
    uniqueKey: `${config.use}:${config.id}:${kind}`,
  }
}

function unknownOf(config: OracleLiveness, reason: Unknown['reason'], missing: string): Unknown {
  return { detector: config.use, rule: config.id, subject: config.subject, reason, missing }
}
