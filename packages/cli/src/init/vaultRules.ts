import { formatAmount } from '@breakwater/detect'
import type { Names } from './alias.ts'
import { type Line, NO_RULES, type Rules } from './line.ts'
import type { Named } from './named.ts'
import type { Found, Survey } from './survey.ts'

/** A vault that has at least so much of its assets itself is watched for what leaves it, in percent. */
const KEEPS_PERCENT = 90n

/** How much of its assets a vault keeps itself. */
interface Custody {
  token: Named
  balance: bigint
  /** `exactly` what the books say, `mostly`, or `elsewhere`. */
  keeps: 'exactly' | 'mostly' | 'elsewhere'
}

function custodyOf({ address, vault }: Found, named: readonly Named[], survey: Survey): Custody | null {
  const token = named.find((other) => other.address === vault?.asset)
  if (vault === null || token === undefined) return null
  const held = survey.holdings.find((item) => item.holder === address && item.token === token.address)
  const balance = held?.balance ?? 0n
  const isMost = balance > 0n && balance * 100n >= vault.totalAssets * KEEPS_PERCENT
  const keeps = balance === vault.totalAssets ? 'exactly' : isMost ? 'mostly' : 'elsewhere'
  return { token, balance, keeps }
}

/** Of an ERC-4626 vault: its books, and what it must hold itself if it does so now. */
export function vaultRules(vault: Named, named: readonly Named[], survey: Survey, names: Names): Rules {
  const custody = custodyOf(vault, named, survey)
  if (custody === null || vault.vault === null) return NO_RULES
  const { alias, token: share } = vault
  const { token, balance, keeps } = custody
  const assets = names.claim(`${alias} assets`, 'value')
  const amount = (units: bigint) => formatAmount(units, token.token?.decimals ?? 0, token.alias)
  const figures = `${alias} holds ${amount(balance)}, its books say ${amount(vault.vault.totalAssets)}`
  const values: Line[] = [
    {
      why: [
        `What the shares are worth together by the vault's own books, in units of ${token.alias}.`,
        ...(keeps === 'elsewhere' ? [`${figures}: nothing is suggested about what it holds.`] : []),
      ],
      text: `${assets}: ${alias}.totalAssets()`,
    },
  ]
  if (vault.vault.hasSharePrice && share !== null) {
    const price = names.claim(`${alias} share price`, 'value')
    values.push({
      why: [`One share in units of ${token.alias}.`],
      text: `${price}: ${alias}.convertToAssets(10^${share.decimals})`,
    })
  }
  if (keeps === 'elsewhere') return { ...NO_RULES, values }
  const isExact = keeps === 'exactly'
  const part = isExact ? '' : `${KEEPS_PERCENT}% of `
  const why = isExact
    ? [`${figures}: the same.`, 'DECIDE: does it always keep all of its assets itself?']
    : [`${figures}.`, 'DECIDE: what may be elsewhere, or not realised yet, at most?']
  const require = `${token.alias}.balanceOf(${alias}) >= ${part}${assets}`
  const text = `{ id: ${alias}-backed, require: ${require}, severity: critical }`
  return { ...NO_RULES, values, invariants: [{ why, text }] }
}

/** One detector over all that keep something, so that what they send to each other cancels out. */
export function outflowRules(named: readonly Named[], survey: Survey): readonly Line[] {
  const keepers = named.filter(
    (contract) =>
      survey.holdings.some(({ holder }) => holder === contract.address) &&
      custodyOf(contract, named, survey)?.keeps !== 'elsewhere',
  )
  if (keepers.length === 0) return []
  const limits = '{ tx: 3%, 10m: 10%, 1h: 20%, 24h: 35% }'
  const of = keepers.map(({ alias }) => alias).join(', ')
  const text = `{ use: net-outflow, id: outflow, of: [${of}], limits: ${limits}, severity: high }`
  const why = [
    'More leaves than a share of what was held.',
    'DECIDE: how much do honest users take out? breakwater backtest tells what these limits would have found.',
  ]
  return [{ why, text }]
}
