import { formatDecimal, formatDuration } from '@breakwater/detect'
import { divide } from '@breakwater/kernel'
import type { Names } from './alias.ts'
import type { Feed } from './feed.ts'
import { type Line, NO_RULES, type Rules } from './line.ts'

/** Of a price feed: its price, whether it lives, and in dollars whether it is right. */
export function feedRules(alias: string, feed: Feed, names: Names): Rules {
  const price = names.claim(`${alias} price`, 'value')
  const decimals = feed.decimals === 8 ? '' : `, decimals: ${feed.decimals}`
  const [asset = '', quote = ''] = feed.description.split(/\s*\/\s*/)
  const heartbeat = formatDuration(feed.heartbeat.seconds)
  const detectors: Line[] = [
    {
      why: heartbeatText(feed),
      text:
        `{ use: oracle-liveness, id: ${alias}-alive, of: ${alias}, heartbeat: ${heartbeat}` +
        `${boundsText(feed)}${decimals}, severity: high }`,
    },
  ]
  if (quote === 'USD' && /^[A-Z][A-Z0-9]{1,15}$/.test(asset)) {
    detectors.push({
      why: [
        `Away from the guardians' own reference price of ${asset}.`,
        "DECIDE: how far may it honestly be? The feed's own threshold and a bit.",
      ],
      text:
        `{ use: oracle-deviation, id: ${alias}-price, of: ${alias}, asset: ${asset}, max: 1%` +
        `${decimals}, severity: high }`,
    })
  }
  const why = [`"${feed.description}", times 10^${feed.decimals}.`]
  return { ...NO_RULES, values: [{ why, text: `${price}: ${alias}.latestRoundData().answer` }], detectors }
}

function heartbeatText({ heartbeat }: Feed): readonly string[] {
  const { from, rounds, longestSeconds } = heartbeat
  const seen = `the last ${rounds} reports were at most ${longestSeconds} s apart`
  if (from === 'stated') return [`The feed states its heartbeat; ${seen}.`]
  if (from === 'rounds') return [`A guess: ${seen}. DECIDE: the heartbeat that the feed promises.`]
  return [`A guess: too few reports to tell. DECIDE: the heartbeat that the feed promises.`]
}

/** Prices in a specification have at most 18 decimals and 30 digits before them. */
function boundsText({ bounds, decimals }: Feed): string {
  if (bounds === null || decimals > 18 || bounds.min >= bounds.max || bounds.min < 0n) return ''
  const text = (answer: bigint) => {
    const price = formatDecimal(divide(answer, 10n ** BigInt(decimals)) ?? 0n, decimals).replaceAll(',', '')
    return price.includes('.') ? price.replace(/\.?0+$/, '') : price
  }
  const [min, max] = [text(bounds.min), text(bounds.max)]
  return /^\d{31}/.test(max) ? '' : `, min: ${min}, max: ${max}`
}
