import {
  absolute,
  compare,
  type Detector,
  divide,
  type Finding,
  type Quantity,
  quantityText,
  type RefPrice,
  subtract,
  toNumber,
  type Unknown,
} from '@breakwater/kernel'
import { evaluate, type OracleDeviation } from '@breakwater/spec'
import { formatDecimal, formatShare } from './format.ts'

/** How near log10(price / reference) must be to a whole number to call it a mistake in decimals. */
const POWER_OF_TEN_BAND = 0.02

/**
 * D6: the protocol's price of an asset is away from the guardian's own reference by more than allowed, or is not
 * positive at all. A deviation near a power of ten is named as what it usually is: wrong decimals.
 */
export function createOracleDeviation(config: OracleDeviation): Detector<null> {
  const unknownOf = (reason: Unknown['reason'], missing: string) => ({
    state: null,
    findings: [],
    unknown: [{ detector: config.use, rule: config.id, subject: config.subject, reason, missing }],
  })
  return {
    id: config.id,
    needs: { ...config.price.needs, assets: [config.asset] },
    init: null,
    step(_state, scene) {
      const answer = evaluate(config.price, scene)
      if (!answer.ok) return unknownOf(answer.reason, `the price ${config.subject}`)
      const ref = scene.facts.observed.refs.get(config.asset)
      if (!ref?.ok) return unknownOf(ref?.reason ?? 'unsupported', `the reference price of ${config.asset}`)
      const price = divide(answer.value, 10n ** BigInt(config.decimals))
      if (price === undefined) return unknownOf('undefined', `the price ${config.subject}`)
      const finding = judge(config, price, ref.value)
      return {
        state: null,
        findings: finding === null ? [] : [{ ...finding, block: scene.facts.block }],
        unknown: [],
      }
    },
  }
}

function judge(config: OracleDeviation, price: Quantity, ref: RefPrice): Omit<Finding, 'block'> | null {
  const reference = divide(ref.priceE8, 100_000_000n) ?? 0n
  const ratio = divide(price, reference)
  if (ratio === undefined) return null
  const deviation = absolute(subtract(ratio, 1n) ?? 0n)
  if (compare(price, 0n) > 0 && compare(deviation, config.max) <= 0) return null
  const power = Math.log10(toNumber(ratio))
  const wrongUnits =
    Math.round(power) !== 0 && Math.abs(power - Math.round(power)) < POWER_OF_TEN_BAND
      ? `, a factor of 10^${Math.round(power)}: check decimals`
      : ''
  return {
    detector: config.use,
    rule: config.id,
    role: 'damage',
    severity: config.severity,
    inputs: 'observed',
    subject: config.subject,
    summary:
      `${config.subject} says ${formatDecimal(price, 2)} USD for ${config.asset}, the reference is ` +
      `${formatDecimal(reference, 2)} USD: ${formatShare(deviation)} apart, ${formatShare(config.max)} allowed${wrongUnits}`,
    evidence: {
      price: quantityText(price),
      referenceE8: ref.priceE8.toString(),
      sources: String(ref.sources),
      deviation: quantityText(deviation),
      max: quantityText(config.max),
    },
    uniqueKey: `${config.use}:${config.id}`,
  }
}
