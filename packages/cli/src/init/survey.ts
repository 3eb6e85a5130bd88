import type { Address, BlockRef, Hex } from '@breakwater/kernel'
import { usageError } from '../terminal.ts'
import { type Feed, readFeed } from './feed.ts'
import type { Call, Reader } from './reader.ts'
import { type Answer, addressOf, boolOf, decimalsOf, intOf, textOf, toAddress, view, wordOf } from './view.ts'

/** An ERC-20 token. */
export interface Token {
  symbol: string
  name: string
  decimals: number
}
/** The part of an ERC-4626 vault beyond the token that its shares are. */
export interface Vault {
  asset: Address
  /** In units of the asset. */
  totalAssets: bigint
  /** Whether `convertToAssets` answers for one share. */
  hasSharePrice: boolean
}
/** Where EIP-1967 keeps what a proxy runs and who may change it. */
export interface ProxySlots {
  implementation: Address | null
  beacon: Address | null
  admin: Address | null
}
export interface Owner {
  address: Address
  /** Without code it is a single key. */
  hasCode: boolean
}

/** What a contract was recognised as; `null` for each thing that it is not. */
export interface Found {
  address: Address
  /** Whose asset it is; `null` for what was asked about by its address. */
  assetOf: Address | null
  token: Token | null
  vault: Vault | null
  feed: Feed | null
  owner: Owner | null
  paused: boolean | null
  proxy: ProxySlots | null
}

/** What a contract has of a token, in the token's units; above 0. */
export interface Holding {
  holder: Address
  token: Address
  balance: bigint
}

export interface Survey {
  chainId: bigint
  block: BlockRef
  contracts: readonly Found[]
  /** Contracts that answer to nothing that is known here. */
  strangers: readonly Address[]
  holdings: readonly Holding[]
}

const VIEWS = [
  ...['name()', 'symbol()', 'decimals()', 'totalSupply()', 'asset()', 'totalAssets()', 'owner()', 'paused()'],
  ...['description()', 'latestRoundData()', 'aggregator()', 'heartbeatSeconds()'],
] as const
/** Nobody implements it: who answers this answers anything, which says nothing. */
const NONSENSE = 'isThisAnswerWorthAnything()'
type ViewName = (typeof VIEWS)[number] | typeof NONSENSE
type Answers = (name: ViewName) => Answer

/** EIP-1967. */
const SLOTS = {
  implementation: '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc',
  beacon: '0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50',
  admin: '0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103',
} as const satisfies Record<keyof ProxySlots, Hex>

/**
 * Looks at contracts and, one step on, at what they refer to: a vault's asset, a feed's aggregator, an owner.
 * @throws CLI_USAGE for an address without code; the errors of `Rpc`
 */
export async function survey(reader: Reader, addresses: readonly Address[]): Promise<Survey> {
  const given: Found[] = []
  // One after the other: public providers do not like crowds.
  for (const address of addresses) given.push(await inspect(reader, address))
  const assets = new Map<Address, Address>()
  for (const { address, vault } of given) {
    if (vault !== null && !addresses.includes(vault.asset)) assets.set(vault.asset, address)
  }
  const all = [...given]
  for (const [asset, assetOf] of assets) all.push({ ...(await inspect(reader, asset)), assetOf })
  const tokens = new Set(all.filter(({ token }) => token !== null).map(({ address }) => address))
  // A vault without a token for an asset is none.
  const contracts = all.map((found) =>
    found.vault !== null && !tokens.has(found.vault.asset) ? { ...found, vault: null } : found,
  )
  const known = contracts.filter(isKnown)
  return {
    chainId: reader.chainId,
    block: reader.block,
    contracts: known,
    strangers: contracts.filter((found) => !isKnown(found)).map(({ address }) => address),
    holdings: await readHoldings(reader, known),
  }
}

function isKnown({ token, feed, owner, paused }: Found): boolean {
  return token !== null || feed !== null || owner !== null || paused !== null
}

async function inspect(reader: Reader, address: Address): Promise<Found> {
  if (!(await reader.hasCode(address))) {
    throw usageError(
      `there is no contract at ${address} on chain ${reader.chainId} in block ${reader.block.number}`,
      'see whether the address is right, and the RPC URL that of its chain',
    )
  }
  const names = [...VIEWS, NONSENSE] as const
  const [answers, proxy] = await Promise.all([
    reader.calls(names.map((name) => view(address, name))),
    readProxy(reader, address),
  ])
  const read: Answers = (name) => answers[names.indexOf(name)] ?? null
  const nothing = { token: null, vault: null, feed: null, owner: null, paused: null }
  const base = { address, assetOf: null, proxy }
  if ((read(NONSENSE) ?? '0x') !== '0x') return { ...base, ...nothing }
  const token = tokenOf(read)
  const [vault, feed, owner] = await Promise.all([
    token && readVault(reader, address, token, read),
    readFeedOf(reader, address, read),
    readOwner(reader, read),
  ])
  return { ...base, token, vault, feed, owner, paused: boolOf(read('paused()')) }
}

function tokenOf(read: Answers): Token | null {
  const [symbol, decimals] = [textOf(read('symbol()')), decimalsOf(read('decimals()'))]
  if (symbol === null || decimals === null || wordOf(read('totalSupply()')) === null) return null
  return { symbol, name: textOf(read('name()')) ?? symbol, decimals }
}

async function readVault(
  reader: Reader,
  address: Address,
  { decimals }: Token,
  read: Answers,
): Promise<Vault | null> {
  const [asset, totalAssets] = [addressOf(read('asset()')), wordOf(read('totalAssets()'))]
  if (asset === null || totalAssets === null || !(await reader.hasCode(asset))) return null
  const share = view(address, 'convertToAssets(uint256)', 10n ** BigInt(decimals))
  const [price = null] = await reader.calls([share])
  return { asset, totalAssets, hasSharePrice: wordOf(price) !== null }
}

async function readFeedOf(reader: Reader, address: Address, read: Answers): Promise<Feed | null> {
  const latest = read('latestRoundData()')
  const [description, decimals] = [textOf(read('description()')), decimalsOf(read('decimals()'))]
  const [roundId, answer] = [wordOf(latest), intOf(latest, 1)]
  const isWhole = roundId !== null && answer !== null && wordOf(latest, 4) !== null
  if (description === null || decimals === null || !isWhole) return null
  return readFeed(reader, {
    ...{ address, description, decimals, roundId },
    aggregator: read('aggregator()'),
    heartbeatSeconds: read('heartbeatSeconds()'),
  })
}

async function readOwner(reader: Reader, read: Answers): Promise<Owner | null> {
  const address = addressOf(read('owner()'))
  return address === null ? null : { address, hasCode: await reader.hasCode(address) }
}

async function readProxy(reader: Reader, address: Address): Promise<ProxySlots | null> {
  const [implementation, beacon, admin] = await Promise.all(
    [SLOTS.implementation, SLOTS.beacon, SLOTS.admin].map(async (slot) => {
      const word = await reader.slot(address, slot)
      return word === 0n || word >> 160n !== 0n ? null : toAddress(word)
    }),
  )
  if (!implementation && !beacon) return null
  return { implementation: implementation ?? null, beacon: beacon ?? null, admin: admin ?? null }
}

/** What every contract that is no mere token or feed has of every token. */
async function readHoldings(reader: Reader, contracts: readonly Found[]): Promise<readonly Holding[]> {
  const tokens = contracts.filter(({ token }) => token !== null)
  const holders = contracts.filter(({ token, vault, feed }) => (token === null || vault !== null) && !feed)
  const pairs = holders.flatMap((holder) =>
    tokens
      .filter((token) => token !== holder)
      .map((token) => ({ holder: holder.address, token: token.address })),
  )
  const call = ({ holder, token }: (typeof pairs)[number]): Call =>
    view(token, 'balanceOf(address)', BigInt(holder))
  const balances = await reader.calls(pairs.map(call))
  return pairs.flatMap((pair, index) => {
    const balance = wordOf(balances[index] ?? null)
    return balance === null || balance === 0n ? [] : [{ ...pair, balance }]
  })
}
