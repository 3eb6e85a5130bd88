import type { Address } from '@breakwater/kernel'

/** Where Harbor and its guards live. */
export interface HarborAddresses {
  chainId: number
  registry: Address
  breaker: Address
  usdc: Address
  vault: Address
  perps: Address
  options: Address
  btcFeed: Address
  ethFeed: Address
}

/** Harbor's security specification: what its guardians enforce, word for word. */
export function harborSpecification(at: HarborAddresses): string {
  const account = (address: Address) => `"eip155:${at.chainId}:${address}"`
  return `# yaml-language-server: $schema=../packages/spec/schema/v1.json
# Harbor: perpetuals in dollars against a vault of liquidity providers, and options backed in full.
version: 1
protocol: { name: Harbor, kinds: [perpetuals, options, vault] }
networks: [{ slug: local, chainId: ${at.chainId} }]

abis:
  HarborVault:
    - function bookedAssets() view returns (uint256)
    - function totalAssets() view returns (uint256)
    - function convertToAssets(uint256 shares) view returns (uint256)
  HarborPerps:
    - function totalClaims() view returns (uint256)
    - function badDebt() view returns (uint256)
    - function unrealisedProfit() view returns (int256)
  HarborOptions:
    - function obligations() view returns (uint256)
  CircuitBreaker:
    - function pendingChangeOf(address target) view returns (bytes32 changeHash, uint256 effectiveAtSeconds, uint256 vetoes)
  Reported:
    - function reporter() view returns (address)

contracts:
  usdc: { address: ${account(at.usdc)}, abi: erc20, decimals: 6 }
  vault: { address: ${account(at.vault)}, abi: HarborVault, holds: [usdc] }
  perps: { address: ${account(at.perps)}, abi: HarborPerps, holds: [usdc] }
  options: { address: ${account(at.options)}, abi: HarborOptions, holds: [usdc] }
  btcFeed: { address: ${account(at.btcFeed)}, abi: [aggregatorV3, Reported] }
  ethFeed: { address: ${account(at.ethFeed)}, abi: [aggregatorV3, Reported] }
  breaker: { address: ${account(at.breaker)}, abi: CircuitBreaker }

${RULES}
guardians: { registry: ${account(at.registry)}, breaker: ${account(at.breaker)} }
disclosure: { owner: Harbor governance, bounty: none (a reference protocol for drills) }
`
}

/** What must hold, what to watch for, and what to do then. */
const RULES = `values:
  tvl: vault.totalAssets()
  traderCash: usdc.balanceOf(perps)
  claims: perps.totalClaims()
  sharePrice: vault.convertToAssets(10^18)
  badDebt: perps.badDebt()
  perpsChange: breaker.pendingChangeOf(perps).effectiveAtSeconds
  vaultChange: breaker.pendingChangeOf(vault).effectiveAtSeconds
  optionsChange: breaker.pendingChangeOf(options).effectiveAtSeconds

invariants:
  - id: claims-backed
    require: traderCash >= claims
    severity: critical
    description: Traders' claims are covered by the dollars that the perpetuals hold
  - id: vault-booked
    require: usdc.balanceOf(vault) >= vault.bookedAssets()
    severity: critical
    description: The vault holds what its books say
  - id: bad-debt-slow
    require: badDebt <= ago(badDebt, 10m) + 50_000 usdc
    severity: high
    description: Liquidations leave little bad debt
  - id: options-backed
    require: usdc.balanceOf(options) >= options.obligations()
    severity: critical
    description: Options are backed in full
  - id: brake-kept
    require: perpsChange == 0 and vaultChange == 0 and optionsChange == 0
    severity: high
    description: Nobody has announced to weaken the brake
  - id: btc-reporter-kept
    require: >-
      btcFeed.reporter() == ago(btcFeed.reporter(), 10s)
      or ago(btcFeed.reporter(), 10s) == 0x0000000000000000000000000000000000000000
    severity: high
    description: Nobody else has just been named as the one who reports the price of BTC
  - id: eth-reporter-kept
    require: >-
      ethFeed.reporter() == ago(ethFeed.reporter(), 10s)
      or ago(ethFeed.reporter(), 10s) == 0x0000000000000000000000000000000000000000
    severity: high
    description: Nobody else has just been named as the one who reports the price of ETH

detectors:
  - { use: net-outflow, id: outflow, of: [vault, perps, options], limits: { tx: 50bp, 10m: 3%, 1h: 10% }, severity: high }
  - { use: oracle-deviation, id: btc-price, of: btcFeed, asset: BTC, max: 1%, severity: critical }
  - { use: oracle-deviation, id: eth-price, of: ethFeed, asset: ETH, max: 1%, severity: critical }
  - { use: oracle-liveness, id: btc-feed, of: btcFeed, heartbeat: 60s, asset: BTC, deviation: 2%, severity: high }
  - { use: oracle-liveness, id: eth-feed, of: ethFeed, heartbeat: 60s, asset: ETH, deviation: 2%, severity: high }

responses:
  - { id: pause-perps, when: severity >= critical, do: pause, target: perps, for: 30m }
  - { id: pause-vault, when: severity >= critical, do: pause, target: vault, for: 30m }
  - { id: pause-options, when: severity >= critical, do: pause, target: options, for: 30m }
  - { id: hold-vault, when: detector == net-outflow, do: delayWithdrawals, target: vault, for: 30m }
  - { id: hold-perps, when: detector == net-outflow, do: delayWithdrawals, target: perps, for: 30m }
  - { id: hold-options, when: detector == net-outflow, do: delayWithdrawals, target: options, for: 30m }
  - { id: reduce-perps, when: detector == oracle-liveness, do: reduceOnly, target: perps, for: 10m }
  - { id: tell, when: severity >= high, do: alert }
`
