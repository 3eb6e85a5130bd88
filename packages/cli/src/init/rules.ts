/**
 * What a draft suggests for what was found: values, invariants that hold in the block that was looked at, detectors.
 * Every suggestion says where it comes from, and what only the team can know.
 * @module
 */

import { formatAmount, formatDecimal, formatDuration } from '@breakwater/detect'
import { divide } from '@breakwater/kernel'
import type { Names } from './alias.ts'
import type { Feed } from './feed.ts'
import type { Found, Owner, Survey } from './survey.ts'

/** A line of YAML, and what is said about it above. */
export interface Line {
  why: readonly string[]
  text: string
}
export interface Rules {
  values: readonly Line[]
  invariants: readonly Line[]
  detectors: readonly Line[]
}

const NO_RULES: Rules = { values: [], invariants: [], detectors: [] }

/** A contract with the name that it has in the draft. */
export interface Named extends Found {
  alias: string
  /** Aliases of the tokens that it keeps for the protocol. */
  holds: readonly string[]
}

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

/** Gives every contract its name, and the tokens that it keeps. */
export function nameContracts({ contracts, holdings }: Survey, names: Names): readonly Named[] {
  const aliases = new Map(contracts.map((found) => [found.address, names.claim(...nameOf(found))]))
  const aliasOf = (address: string) => [...aliases].find(([known]) => known === address)?.[1] ?? ''
  return contracts.map((found) => {
    const held = holdings.filter(({ holder }) => holder === found.address).map(({ token }) => token)
    const asset = found.vault === null ? [] : [found.vault.asset]
    return {
      ...found,
      alias: aliasOf(found.address),
      holds: [...new Set([...asset, ...held])].map(aliasOf),
    }
  })
}

function nameOf({ token, vault, feed }: Found): [string, string] {
  if (token !== null) return [token.symbol, vault === null ? 'token' : 'vault']
  return feed === null ? ['', 'contract'] : [feed.description, 'feed']
}

export function suggestRules(named: readonly Named[], survey: Survey, names: Names): Rules {
  const parts = named.map((contract) => {
    const owned = contract.assetOf === null ? [...ownerRules(contract, named), ...pauseRules(contract)] : []
    if (contract.vault !== null) return withMore(vaultRules(contract, named, survey, names), owned)
    if (contract.feed !== null) return withMore(feedRules(contract, contract.feed, names), owned)
    return withMore(tokenRules(contract, names), owned)
  })
  return {
    values: parts.flatMap(({ values }) => values),
    invariants: parts.flatMap(({ invariants }) => invariants),
    detectors: [...outflowRules(named, survey), ...parts.flatMap(({ detectors }) => detectors)],
  }
}

function withMore(rules: Rules, invariants: readonly Line[]): Rules {
  return { ...rules, invariants: [...rules.invariants, ...invariants] }
}

function ownerRules({ alias, owner }: Named, named: readonly Named[]): readonly Line[] {
  if (owner === null) return []
  const first = named.find((other) => other.owner?.address === owner.address && other.assetOf === null)
  const who = first?.alias === alias ? ownerText(owner) : `The owner of ${first?.alias} too.`
  return [
    {
      why: [who],
      text: `{ id: ${alias}-owner, require: ${alias}.owner() == ${owner.address}, severity: high }`,
    },
  ]
}

function ownerText({ address, hasCode }: Owner): string {
  if (BigInt(address) === 0n) return 'Nobody owns it any more.'
  return hasCode
    ? 'The owner is a contract. DECIDE: is it the timelock or multisig that it should be?'
    : 'The owner has no code: one key decides. DECIDE: should it?'
}

function pauseRules({ alias, paused }: Named): readonly Line[] {
  if (paused !== false) return []
  const why = ['Nobody pauses unnoticed. DECIDE: how much does a pause matter?']
  return [{ why, text: `{ id: ${alias}-unpaused, require: not ${alias}.paused(), severity: low }` }]
}

function tokenRules({ alias, token, assetOf }: Named, names: Names): Rules {
  if (token === null || assetOf !== null) return NO_RULES
  const supply = names.claim(`${alias} supply`, 'value')
  const values = [
    { why: [`In units of ${alias}: 10^-${token.decimals}.`], text: `${supply}: ${alias}.totalSupply()` },
  ]
  return { ...NO_RULES, values }
}

function vaultRules(vault: Named, named: readonly Named[], survey: Survey, names: Names): Rules {
  const custody = custodyOf(vault, named, survey)
  if (custody === null || vault.vault === null) return NO_RULES
  const { alias, token: share } = vault
  const { token, balance, keeps } = custody
  const assets = names.claim(`${alias} assets`, 'value')
  const amount = (units: bigint) => formatAmount(units, token.token?.decimals ?? 0, token.alias)
  const figures = `${alias} holds ${amount(balance)}, its books say ${amount(vault.vault.totalAssets)}`
  const values = [
    {
      why: [
        `What the shares are worth together by the vault's own books, in units of ${token.alias}.`,
        ...(keeps === 'elsewhere' ? [`${figures}: nothing is suggested about what it holds.`] : []),
      ],
      text: `${assets}: ${alias}.totalAssets()`,
    },
    ...(vault.vault.hasSharePrice && share !== null
      ? [
          {
            why: [`One share in units of ${token.alias}.`],
            text: `${names.claim(`${alias} share price`, 'value')}: ${alias}.convertToAssets(10^${share.decimals})`,
          },
        ]
      : []),
  ]
  if (keeps === 'elsewhere') return { ...NO_RULES, values }
  const [part, why] =
    keeps === 'exactly'
      ? ['', [`${figures}: the same.`, 'DECIDE: does it always keep all of its assets itself?']]
      : [
          `${KEEPS_PERCENT}% of `,
          [`${figures}.`, 'DECIDE: what may be elsewhere, or not realised yet, at most?'],
        ]
  const require = `${token.alias}.balanceOf(${alias}) >= ${part}${assets}`
  const text = `{ id: ${alias}-backed, require: ${require}, severity: critical }`
  return { ...NO_RULES, values, invariants: [{ why, text }] }
}

/** One detector over all that keep something, so that what they send to each other cancels out. */
function outflowRules(named: readonly Named[], survey: Survey): readonly Line[] {
  const keepers = named.filter(
    (contract) =>
      survey.holdings.some(({ holder }) => holder === contract.address) &&
      custodyOf(contract, named, survey)?.keeps !== 'elsewhere',
  )
  if (keepers.length === 0) return []
  const limits = '{ tx: 3%, 10m: 10%, 1h: 20%, 24h: 35% }'
  const of = keepers.map(({ alias }) => alias).join(', ')
  return [
    {
      why: [
        'More leaves than a share of what was held. DECIDE: how much do honest users take out? See breakwater backtest.',
      ],
      text: `{ use: net-outflow, id: outflow, of: [${of}], limits: ${limits}, severity: high }`,
    },
  ]
}

function feedRules({ alias }: Named, feed: Feed, names: Names): Rules {
  const price = names.claim(`${alias} price`, 'value')
  const decimals = feed.decimals === 8 ? '' : `, decimals: ${feed.decimals}`
  const [asset = '', quote = ''] = feed.description.split('/').map((part) => part.trim())
  const detectors: Line[] = [
    {
      why: heartbeatText(feed),
      text: `{ use: oracle-liveness, id: ${alias}-alive, of: ${alias}, heartbeat: ${formatDuration(feed.heartbeat.seconds)}${boundsText(feed)}${decimals}, severity: high }`,
    },
  ]
  if (quote === 'USD' && /^[A-Z][A-Z0-9]{1,15}$/.test(asset)) {
    detectors.push({
      why: [
        `Against the guardians' own reference price of ${asset}. DECIDE: the largest honest deviation (the feed's own threshold and a bit).`,
      ],
      text: `{ use: oracle-deviation, id: ${alias}-price, of: ${alias}, asset: ${asset}, max: 1%${decimals}, severity: high }`,
    })
  }
  return {
    values: [
      {
        why: [`"${feed.description}", times 10^${feed.decimals}.`],
        text: `${price}: ${alias}.latestRoundData().answer`,
      },
    ],
    invariants: [],
    detectors,
  }
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
