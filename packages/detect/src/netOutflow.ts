import {
  add,
  type CallRead,
  compare,
  concatHex,
  type Detector,
  type Facts,
  type Finding,
  type Hex,
  type Known,
  keccakText,
  multiply,
  NO_NEEDS,
  type Quantity,
  quantityText,
  type Scene,
  type Series,
  type Unknown,
  unknown,
} from '@breakwater/kernel'
import type { Contract, NetOutflow } from '@breakwater/spec'
import { formatAmount, formatDuration, formatShare } from './format.ts'
import { amountOf } from './tally.ts'

const TRANSFER = keccakText('Transfer(address,address,uint256)')
const BALANCE_OF = keccakText('balanceOf(address)').slice(0, 10) as Hex

/** One token: what the protocol's contracts hold of it, and what leaves and enters them. */
interface Asset {
  token: Contract
  balances: readonly CallRead[]
  out: readonly Series[]
  in: readonly Series[]
}

/** Balances after the block before, by call. */
type State = ReadonlyMap<string, Known<bigint>>

/**
 * D9: more value leaves the protocol than its limits allow, within one transaction or a window, as a share of what
 * was held when it began. Transfers among the protocol's own contracts cancel out.
 *
 * While a window is not filled yet, the part that was watched is judged by the same limit: what is too much for the
 * part is too much for the whole. That nothing was found is then reported as unknown.
 */
export function createNetOutflow(config: NetOutflow): Detector<State> {
  const assets = config.assets.map((token) => describeAsset(token, config.of))
  const balances = assets.flatMap((asset) => asset.balances)
  const windows = config.limits.windows
  return {
    id: config.id,
    needs: {
      ...NO_NEEDS,
      calls: balances,
      series: assets.flatMap((asset) => [...asset.out, ...asset.in]),
      past: balances.map(({ id }) => id),
      windowSeconds: Math.max(0, ...windows.map(({ windowSeconds }) => windowSeconds)),
    },
    init: new Map(),
    step(state, scene) {
      const findings: Finding[] = []
      const unknowns: Unknown[] = []
      for (const asset of assets) {
        judgeTransactions(config, asset, state, scene, findings, unknowns)
        for (const window of windows) judgeWindow(config, asset, window, scene, findings, unknowns)
      }
      const next = new Map(
        balances.map(({ id }) => [id, scene.facts.calls.get(id) ?? unknown('unsupported')]),
      )
      return { state: next, findings, unknown: unknowns }
    },
  }
}

function describeAsset(token: Contract, holders: readonly Contract[]): Asset {
  const word = (address: Hex): Hex => `0x${address.slice(2).padStart(64, '0')}`
  const series = (holder: Contract, topic: 1 | 2): Series => ({
    id: `${token.alias}.Transfer ${topic === 1 ? 'from' : 'to'} ${holder.alias}`,
    address: token.address,
    topic0: TRANSFER,
    where: [{ word: { in: 'topics', index: topic, type: 'uint' }, equals: word(holder.address) }],
    add: { in: 'data', index: 0, type: 'uint' },
  })
  return {
    token,
    balances: holders.map((holder) => ({
      id: `${token.alias}.balanceOf(${holder.alias})`,
      to: token.address,
      data: concatHex([BALANCE_OF, word(holder.address)]),
      word: 0,
      type: 'uint' as const,
    })),
    out: holders.map((holder) => series(holder, 1)),
    in: holders.map((holder) => series(holder, 2)),
  }
}

/** The sum of several values; the first unknown one when any is. */
function total(values: readonly Known<Quantity>[]): Known<Quantity> {
  let sum: Quantity = 0n
  for (const value of values) {
    if (!value.ok) return value
    sum = add(sum, value.value) ?? sum
  }
  return { ok: true, value: sum }
}

function judgeTransactions(
  config: NetOutflow,
  asset: Asset,
  state: State,
  { facts }: Scene,
  findings: Finding[],
  unknowns: Unknown[],
): void {
  const limit = config.limits.tx
  if (limit === undefined) return
  const held = total(asset.balances.map(({ id }) => state.get(id) ?? unknown('warming')))
  if (!held.ok) {
    unknowns.push(unknownOf(config, asset, held.reason, 'what was held before the block'))
    return
  }
  for (const { hash, logs } of facts.txs) {
    let outflow = 0n
    for (const log of logs) {
      if (log.address !== asset.token.address) continue
      for (const series of asset.out) outflow += amountOf(series, log)
      for (const series of asset.in) outflow -= amountOf(series, log)
    }
    if (exceeds(outflow, limit, held.value)) {
      findings.push(
        findingOf(config, asset, 'one transaction', outflow, limit, held.value, facts, { tx: hash }),
      )
    }
  }
}

function judgeWindow(
  config: NetOutflow,
  asset: Asset,
  { windowSeconds, share }: NetOutflow['limits']['windows'][number],
  { facts, history }: Scene,
  findings: Finding[],
  unknowns: Unknown[],
): void {
  const name = formatDuration(windowSeconds)
  const stretch = history.stretch(
    asset.balances.map(({ id }) => id),
    windowSeconds,
  )
  if (stretch === null) {
    const now = total(asset.balances.map(({ id }) => facts.calls.get(id) ?? unknown('unsupported')))
    unknowns.push(unknownOf(config, asset, now.ok ? 'warming' : now.reason, `what was held ${name} ago`))
    return
  }
  const flow = (series: readonly Series[]) => series.reduce((sum, { id }) => sum + stretch.sum(id), 0n)
  const outflow = flow(asset.out) - flow(asset.in)
  const held = asset.balances.reduce<Quantity>((sum, { id }) => add(sum, stretch.start(id)) ?? sum, 0n)
  if (exceeds(outflow, share, held)) {
    findings.push(findingOf(config, asset, name, outflow, share, held, facts, {}))
  } else if (!stretch.isWhole) {
    unknowns.push(unknownOf(config, asset, 'warming', `the whole window of ${name}`))
  }
}

function exceeds(outflow: bigint, share: Quantity, held: Quantity): boolean {
  const allowed = multiply(share, held)
  return outflow > 0n && allowed !== undefined && compare(outflow, allowed) > 0
}

function unknownOf(config: NetOutflow, asset: Asset, reason: Unknown['reason'], missing: string): Unknown {
  return {
    detector: config.use,
    rule: config.id,
    subject: `${config.subject}/${asset.token.alias}`,
    reason,
    missing,
  }
}

function findingOf(
  config: NetOutflow,
  asset: Asset,
  window: string,
  outflow: bigint,
  limit: Quantity,
  held: Quantity,
  facts: Facts,
  more: Record<string, string>,
): Finding {
  const amount = (value: Quantity) => formatAmount(value, asset.token.decimals ?? 0, asset.token.alias)
  return {
    detector: config.use,
    rule: config.id,
    role: 'damage',
    severity: config.severity,
    inputs: 'chain',
    subject: config.subject,
    block: facts.block,
    summary:
      `${amount(outflow)} left ${config.subject} in ${window}, of ${amount(held)} held before; ` +
      `the limit is ${formatShare(limit)}`,
    evidence: {
      asset: asset.token.alias,
      window,
      outflow: outflow.toString(),
      held: quantityText(held),
      limit: quantityText(limit),
      ...more,
    },
    uniqueKey: `${config.use}:${config.id}:${asset.token.alias}:${window}`,
  }
}
