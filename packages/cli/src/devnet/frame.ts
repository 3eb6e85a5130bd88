import { formatDuration } from '@breakwater/detect'
import type { AttackView, MarketView } from '@breakwater/drills'
import type { Terminal } from '../terminal.ts'
import type { DevnetLine, DevnetState, GuardianRow } from './state.ts'

type Color = Terminal['color']

export interface FrameInfo {
  rpcUrl: string
  /** What people copy: addresses, keys, files, by name. */
  facts: readonly (readonly [name: string, value: string])[]
  owner: string
  liftDelaySeconds: number
  width: number
  height: number
}

const LEVELS = ['open', 'withdrawals delayed', 'reduce-only', 'paused']

/** The whole screen as lines, newest state. */
export function renderFrame(state: DevnetState, info: FrameInfo, color: Color): string[] {
  const { market, attack } = state
  const head = market === null ? 'starting' : `block ${market.block}   ${clock(market.timestampSeconds)}`
  const lines = [
    `${color.bold(color.cyan(' BREAKWATER'))} devnet   ${head}   ${color.dim(`RPC ${info.rpcUrl}`)}`,
    '',
    ...renderFacts(info, color),
    '',
    ...(market === null ? [] : renderMarket(market, color)),
    '',
    ...state.guardians.map((row, index) =>
      label(index === 0 ? 'GUARDIANS' : '', renderGuardian(row, color), color),
    ),
    '',
    ...(market === null ? [] : renderBrakes(market, info, color)),
    '',
    ...(attack === null ? [] : [...renderAttack(attack, color), '']),
    ...renderBlindSpots(state, color),
  ]
  const keys = renderKeys(color)
  const room = Math.max(3, info.height - lines.length - keys.length - 2)
  const events = state.events
    .slice(-room)
    .map((event, index) => label(index === 0 ? 'EVENTS' : '', renderEvent(event, color), color))
  return [...lines, ...events, '', ...keys].map((line) => clip(line, info.width))
}

function label(name: string, text: string, color: Color): string {
  return ` ${color.dim(name.padEnd(12))}${text}`
}

/** Two in a line where they fit. */
function renderFacts({ facts, width }: FrameInfo, color: Color): string[] {
  const perLine = width >= 128 ? 2 : 1
  const lines: string[] = []
  for (let i = 0; i < facts.length; i += perLine) {
    const part = facts
      .slice(i, i + perLine)
      .map(([name, value]) => `${color.dim(name.padEnd(9))}${value.padEnd(44)}`)
    lines.push(label(i === 0 ? 'HARBOR' : '', part.join('  '), color))
  }
  return lines
}

const usd = (amount: number): string =>
  `${amount < 0 ? '-' : ''}$${Math.abs(Math.round(amount)).toLocaleString('en-US')}`
const clock = (seconds: bigint): string => new Date(Number(seconds) * 1000).toISOString().slice(11, 19)

function renderMarket(market: MarketView, color: Color): string[] {
  const prices = market.prices.map(({ asset, marketUsd, feedUsd }) => {
    const apart = Math.abs(feedUsd / marketUsd - 1) > 0.01
    const feed = `feed ${feedUsd.toFixed(2)}`
    return `${asset} ${marketUsd.toFixed(2)}  ${apart ? color.red(feed) : color.dim(feed)}`
  })
  const backed = market.traderCashUsd >= market.claimsUsd
  const claims = `claims ${usd(market.claimsUsd)}`
  return [
    label('MARKET', prices.join('     '), color),
    label(
      '',
      `vault ${usd(market.tvlUsd)}   traders' cash ${usd(market.traderCashUsd)}   ` +
        `${backed ? claims : color.red(claims)}   open interest ${usd(market.openInterestUsd)}   ${market.transactions} transactions`,
      color,
    ),
  ]
}

function renderGuardian(row: GuardianRow, color: Color): string {
  const tone = row.state === 'clear' && !row.isStalled ? color.green : color.red
  const state = tone((row.isStalled && row.state === 'clear' ? 'stalled' : row.state).padEnd(8))
  const findings = row.openFindings === 0 ? '' : color.red(`${row.openFindings} findings`)
  return (
    `${row.index}  ${row.address.slice(0, 6)}…${row.address.slice(-4)}  ${state}  head ${String(row.head ?? '-').padEnd(6)} ` +
    `view ${String(row.view).padEnd(5)} final ${String(row.finalizedView).padEnd(5)} ${color.dim(row.url ?? '')} ${findings}`
  )
}

function renderBrakes({ brakes, timestampSeconds }: MarketView, info: FrameInfo, color: Color): string[] {
  return brakes.map(({ target, level, untilSeconds }, index) => {
    const left = Number(untilSeconds - timestampSeconds)
    const text =
      level === 0
        ? color.green('open')
        : `${color.yellow(LEVELS[level] ?? '')} until ${clock(untilSeconds)} (${left} s), ends by itself; ` +
          `${info.owner.slice(0, 6)}… (owner) can lift it after ${formatDuration(info.liftDelaySeconds)}`
    return label(index === 0 ? 'BRAKE' : '', `${target.padEnd(6)} ${text}`, color)
  })
}

const PHASES: Readonly<Record<AttackView['phase'], string>> = {
  preparing: 'is being prepared',
  attacking: 'goes on',
  braked: 'was stopped by the guardians; the owner mends Harbor while the brake holds',
  mended: 'is over: Harbor is mended',
  over: 'was not stopped',
}

function renderAttack(attack: AttackView, color: Color): string[] {
  const { drill, phase, lossUsd, lossWithoutUsd, brakedAtBlock } = attack
  const where = brakedAtBlock === null ? '' : ` (braked in block ${brakedAtBlock})`
  const without =
    lossWithoutUsd === null
      ? phase === 'mended' || phase === 'over'
        ? color.dim('replaying it without guardians …')
        : ''
      : `without guardians ${color.red(usd(lossWithoutUsd))}`
  return [
    label('ATTACK', `${color.bold(drill.name)} ${PHASES[phase]}${where}`, color),
    label('', `lost ${color.bold(usd(lossUsd))}   ${without}`, color),
  ]
}

function renderBlindSpots({ blindSpots }: DevnetState, color: Color): string[] {
  if (blindSpots.length === 0) return []
  const byReason = new Map<string, Set<string>>()
  for (const { rule, reason } of blindSpots)
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(rule))
  const text = [...byReason].map(([reason, rules]) => `${reason}: ${[...rules].join(', ')}`).join('   ')
  return [label('BLIND SPOTS', color.yellow(text), color), '']
}

function renderEvent({ block, tone, text }: DevnetLine, color: Color): string {
  const paint = tone === 'bad' ? color.red : tone === 'good' ? color.green : (plain: string) => plain
  return `${color.dim(String(block).padStart(5))}  ${paint(text)}`
}

function renderKeys(color: Color): string[] {
  const key = (name: string, text: string) => `${color.inverse(` ${name} `)} ${text}   `
  return [
    ` ${key('1', 'feed hijack')}${key('2', 'vault drain')}${key('3', 'books broken')}${key('k', 'crash or restart a guardian')}${key('q', 'quit')}`,
  ]
}

const ESCAPE = '\u001b'
const SEQUENCE = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`)

/** Cuts a line to the terminal's width; escape sequences take no room. */
function clip(line: string, width: number): string {
  let shown = 0
  let out = ''
  for (const part of line.split(SEQUENCE)) {
    if (part.startsWith(ESCAPE)) {
      out += part
      continue
    }
    out += part.slice(0, Math.max(0, width - shown))
    shown += part.length
  }
  return out
}
