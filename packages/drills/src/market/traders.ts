import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { seamedVaultAbi } from '@breakwater/contracts/SeamedVault'
import { testDollarAbi } from '@breakwater/contracts/TestDollar'
import { ASSETS, type Asset, type Harbor, marketId } from '@breakwater/deploy'
import { type Address, between, createSeededRng, pick, type Rng } from '@breakwater/kernel'
import { devAddress } from '../chain/accounts.ts'
import { type Caller, createCaller } from '../chain/caller.ts'
import type { DevNode, Read, Send } from '../chain/devNode.ts'

const USD = 10n ** 6n
export const DOLLARS = (amount: number): bigint => BigInt(Math.round(amount)) * USD

/** Benign users of Harbor, the same for a seed: traders with leverage, liquidity providers, and a liquidator. */
export interface Crowd {
  traders: readonly Address[]
  providers: readonly Address[]
  liquidator: Address
  /** Gives them dollars and lets them take their first positions in the vault and the perpetuals. */
  settleIn(): Promise<void>
  /** What they send in this tick; the market is where the feeds say. Returns how many transactions. */
  act(tick: number, prices: ReadonlyMap<Asset, bigint>): Promise<number>
}

const TRADERS = 24
/** Every fourth trader is large and careful. */
const isCareful = (index: number): boolean => index % 4 === 0
const PROVIDERS = 3
const ANY_PRICE = 2n ** 255n
const VAULT_DOLLARS = 10_000_000

interface Position {
  asset: Asset
  sizeE18: bigint
}

interface Account {
  address: Address
  equity: bigint
  maintenance: bigint
  positions: readonly Position[]
}

export function createCrowd(seed: number, node: DevNode, harbor: Harbor): Crowd {
  const traders = Array.from({ length: TRADERS }, (_, i) => devAddress(seed, `trader ${i}`))
  const providers = Array.from({ length: PROVIDERS }, (_, i) => devAddress(seed, `provider ${i}`))
  const liquidator = devAddress(seed, 'liquidator')
  const perps = createCaller(harbor.perps, seamedPerpsAbi)
  const vault = createCaller(harbor.vault, seamedVaultAbi)
  const usdc = createCaller(harbor.usdc, testDollarAbi)

  return {
    traders,
    providers,
    liquidator,
    async settleIn() {
      const rng = createSeededRng(seed)
      await node.fund([...traders, ...providers, liquidator])
      const sends = providers.flatMap((provider) => {
        const amount = DOLLARS(VAULT_DOLLARS / PROVIDERS)
        return [
          usdc(harbor.owner, 'mint', [provider, 2n * amount]),
          usdc(provider, 'approve', [harbor.vault, ANY_PRICE]),
          vault(provider, 'deposit', [amount, provider]),
        ]
      })
      for (const [index, trader] of traders.entries()) {
        const amount = DOLLARS(
          isCareful(index) ? between(rng, 100_000, 250_000) : between(rng, 10_000, 30_000),
        )
        sends.push(
          usdc(harbor.owner, 'mint', [trader, 2n * amount]),
          usdc(trader, 'approve', [harbor.perps, ANY_PRICE]),
          perps(trader, 'deposit', [amount]),
        )
      }
      for (const send of sends) await node.send(send)
    },
    async act(tick, prices) {
      const rng = createSeededRng(seed * 7919 + tick)
      const accounts = await readAccounts(node, harbor, traders)
      const sends: Send[] = []
      for (const [index, account] of accounts.entries()) {
        if (account.equity < account.maintenance)
          sends.push(perps(liquidator, 'liquidate', [account.address]))
        else sends.push(...decide(rng, account, isCareful(index) ? 2 : 16, prices, perps))
      }
      sends.push(...decideProvider(rng, pick(rng, providers), vault))
      for (const send of sends) await node.send(send)
      return sends.length
    },
  }
}

/** One decision a tick at most: the random numbers drawn do not depend on what happened before. */
function decide(
  rng: Rng,
  account: Account,
  maxLeverage: number,
  prices: ReadonlyMap<Asset, bigint>,
  perps: Caller,
): Send[] {
  const [chance, isLong, asset] = [rng.next(), rng.next() < 0.55, pick(rng, ASSETS)]
  const leverage = maxLeverage * (0.3 + 0.7 * rng.next())
  const [position] = account.positions
  if (position === undefined && chance < 0.15) {
    const priceE8 = prices.get(asset) ?? 0n
    const notional = (account.equity * BigInt(Math.round(leverage * 100))) / 100n
    if (priceE8 === 0n || notional <= 0n) return []
    const sizeE18 = (notional * 10n ** 20n) / priceE8
    return [perps(account.address, 'open', [marketId(asset), isLong, sizeE18, isLong ? ANY_PRICE : 0n])]
  }
  if (position !== undefined && chance < 0.06) {
    const size = position.sizeE18 < 0n ? -position.sizeE18 : position.sizeE18
    const limit = position.sizeE18 > 0n ? 0n : ANY_PRICE
    return [perps(account.address, 'close', [marketId(position.asset), size, limit])]
  }
  if (chance > 0.97) return [perps(account.address, 'deposit', [DOLLARS(1000)])]
  if (chance > 0.95) return [perps(account.address, 'withdraw', [DOLLARS(500)])]
  return []
}

function decideProvider(rng: Rng, provider: Address, vault: Caller): Send[] {
  const [chance, amount] = [rng.next(), DOLLARS(between(rng, 500, 5000))]
  if (chance < 0.1) return [vault(provider, 'deposit', [amount, provider])]
  if (chance < 0.18) return [vault(provider, 'withdraw', [amount, provider, provider])]
  return []
}

async function readAccounts(
  node: DevNode,
  { perps }: Harbor,
  traders: readonly Address[],
): Promise<Account[]> {
  const of = (name: string, ...args: unknown[]): Read => ({ to: perps, abi: seamedPerpsAbi, name, args })
  const answers = await node.read(
    traders.flatMap((trader) => [
      of('equityOf', trader),
      of('marginOf', trader),
      ...ASSETS.map((asset) => of('positionOf', trader, marketId(asset))),
    ]),
  )
  const width = 2 + ASSETS.length
  return traders.map((address, index) => {
    const [equity, margin, ...positions] = answers.slice(index * width, (index + 1) * width)
    return {
      address,
      equity: equity as bigint,
      maintenance: (margin as readonly bigint[])[1] ?? 0n,
      positions: ASSETS.map((asset, i) => ({
        asset,
        sizeE18: (positions[i] as readonly bigint[])[0] ?? 0n,
      })).filter(({ sizeE18 }) => sizeE18 !== 0n),
    }
  })
}
