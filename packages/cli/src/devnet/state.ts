import type { AttackView, Devnet, GuardianView, MarketView } from '@breakwater/drills'
import type { Unknown } from '@breakwater/kernel'
import type { GuardianEvent } from '@breakwater/node'
import { describeEvent, type EventLine } from '../eventLine.ts'

export interface GuardianRow extends Omit<GuardianView, 'state'> {
  index: number
  address: string
  state: GuardianView['state'] | 'down'
  url: string | null
}

export interface DevnetLine extends EventLine {
  block: bigint
}

/** What there is to see of a running devnet. */
export interface DevnetState {
  market: MarketView | null
  attack: AttackView | null
  guardians: readonly GuardianRow[]
  /** Newest last. */
  events: readonly DevnetLine[]
  /** What the rules could not judge in the newest block. */
  blindSpots: readonly Unknown[]
}

const MAX_EVENTS = 200

/** Follows a devnet; `onChange` is called when there is something new, `onEvent` for each line. */
export function followDevnet(devnet: Devnet, onChange: () => void, onEvent: (event: DevnetLine) => void) {
  const events: DevnetLine[] = []
  let market: MarketView | null = null
  let attack: AttackView | null = null
  let blindSpots: readonly Unknown[] = []
  const told = new Set<string>()

  const tell = (key: string, event: DevnetLine | null) => {
    if (event === null || told.has(key)) return
    told.add(key)
    events.push(event)
    if (events.length > MAX_EVENTS) events.shift()
    onEvent(event)
  }
  const listen = (index: number) =>
    devnet.fleet.guardians[index]?.events.subscribe((event) => {
      const block = devnet.world.startBlock + BigInt(devnet.world.ticks)
      if (event.type === 'block' && index === 0) blindSpots = event.unknown
      const line = describeEvent(event)
      if (line !== null && isNews(event))
        tell(keyOf(event, index), withGuardian(event, index, { block, ...line }))
      onChange()
    })
  for (const index of devnet.fleet.guardians.keys()) listen(index)
  devnet.onBlock((nextMarket, nextAttack) => {
    market = nextMarket
    attack = nextAttack
    onChange()
  })
  return {
    state: (): DevnetState => ({ market, attack, blindSpots, events, guardians: readGuardians(devnet) }),
    /** A guardian was started again: its events are new ones. */
    listen,
    tell: (text: string, tone: EventLine['tone']) =>
      tell(`${text} ${events.length}`, { block: market?.block ?? 0n, tone, text }),
  }
}

const DOWN: Omit<GuardianRow, 'index'> = {
  ...{ address: '', url: null, state: 'down', head: null, view: 0n, finalizedView: 0n },
  ...{ isStalled: false, openFindings: 0 },
}

function readGuardians({ fleet }: Devnet): GuardianRow[] {
  return fleet.guardians.map((guardian, index) =>
    guardian === null
      ? { ...DOWN, index }
      : { index, address: guardian.address, url: guardian.url, ...guardian.view() },
  )
}

/** That a guardian begins to see is none. */
function isNews(event: GuardianEvent): boolean {
  return event.type !== 'sight' || event.sight.state === 'blind' || event.sight.state === 'behind'
}

function withGuardian(event: GuardianEvent, guardian: number, line: DevnetLine): DevnetLine {
  return event.type === 'sight' ? { ...line, text: `guardian ${guardian}: ${line.text}` } : line
}

/** The same for what four guardians tell alike. */
function keyOf(event: GuardianEvent, guardian: number): string {
  switch (event.type) {
    case 'alert':
      return `${event.change} ${event.finding.uniqueKey} ${event.finding.block.hash}`
    case 'incident':
      return `${event.incident.id} ${event.incident.status}`
    case 'sight':
      return `${guardian} ${event.sight.state} ${event.sight.sinceMs}`
    case 'consensus':
      return `consensus ${event.state} ${Math.round(event.sinceMs / 5000)}`
    case 'reorg':
      return `reorg ${event.toNumber}`
    default:
      return ''
  }
}
