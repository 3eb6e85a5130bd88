import type { AttackView, Devnet, MarketView } from '@breakwater/drills'
import type { Unknown } from '@breakwater/kernel'
import type { GuardianEvent } from '@breakwater/node'

export interface GuardianRow {
  index: number
  address: string
  state: 'down' | 'starting' | 'clear' | 'behind' | 'blind'
  head: bigint | null
  view: bigint
  finalizedView: bigint
  isStalled: boolean
  openFindings: number
  url: string | null
}

export interface EventLine {
  block: bigint
  tone: 'bad' | 'good' | 'plain'
  text: string
}

/** What there is to see of a running devnet. */
export interface DevnetState {
  market: MarketView | null
  attack: AttackView | null
  guardians: readonly GuardianRow[]
  /** Newest last. */
  events: readonly EventLine[]
  /** What the rules could not judge in the newest block. */
  blindSpots: readonly Unknown[]
}

const MAX_EVENTS = 200

/** Follows a devnet; `onChange` is called when there is something new, `onEvent` for each line. */
export function followDevnet(devnet: Devnet, onChange: () => void, onEvent: (event: EventLine) => void) {
  const events: EventLine[] = []
  let market: MarketView | null = null
  let attack: AttackView | null = null
  let blindSpots: readonly Unknown[] = []
  const told = new Set<string>()

  const tell = (key: string, event: EventLine | null) => {
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
      tell(...describe(event, index, block))
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

function readGuardians({ fleet }: Devnet): GuardianRow[] {
  return fleet.guardians.map((guardian, index) => {
    const consensus = guardian?.actor?.status()
    return {
      index,
      address: guardian?.address ?? '',
      state: guardian === null ? 'down' : guardian.watcher.sight().state,
      head: guardian?.watcher.evaluations.head()?.block.number ?? null,
      view: consensus?.view ?? 0n,
      finalizedView: consensus?.finalized.view ?? 0n,
      isStalled: guardian?.actor?.isStalled() ?? false,
      openFindings: guardian?.watcher.openFindings().length ?? 0,
      url: guardian?.url ?? null,
    }
  })
}

/** A line for people, and a key: four guardians tell the same things. */
function describe(event: GuardianEvent, guardian: number, block: bigint): [string, EventLine | null] {
  const line = (tone: EventLine['tone'], text: string): EventLine => ({ block, tone, text })
  switch (event.type) {
    case 'alert': {
      const { change, finding } = event
      const tone = change === 'opened' ? 'bad' : 'good'
      return [
        `${change} ${finding.uniqueKey} ${finding.block.hash}`,
        line(tone, `${change}: ${finding.summary}`),
      ]
    }
    case 'incident': {
      const { incident } = event
      const tone = incident.status === 'void' ? 'bad' : incident.status === 'executed' ? 'good' : 'plain'
      const more = incident.status === 'certified' ? ` by ${incident.signers} guardians` : ''
      return [
        `${incident.id} ${incident.status}`,
        line(tone, `${incident.rule}: ${incident.status}${more} (block ${incident.anchorNumber})`),
      ]
    }
    case 'sight': {
      const { sight } = event
      const isBad = sight.state === 'blind' || sight.state === 'behind'
      const text = `guardian ${guardian} is ${sight.state}${sight.reason && `: ${sight.reason}`}`
      return [`${guardian} ${sight.state} ${sight.sinceMs}`, isBad ? line('bad', text) : null]
    }
    case 'consensus': {
      const text =
        event.state === 'stalled'
          ? 'too few guardians answer: nothing can be decided'
          : 'guardians decide again'
      const tone = event.state === 'stalled' ? 'bad' : 'good'
      return [`consensus ${event.state} ${Math.round(event.sinceMs / 5000)}`, line(tone, text)]
    }
    default:
      return ['', null]
  }
}
