import { type Clock, type Json, toJson } from '@breakwater/kernel'
import type { Logger } from 'pino'
import type { Events, GuardianEvent } from '../events.ts'
import type { Metrics } from '../metrics.ts'
import type { Audit } from '../store/audit.ts'
import type { Outbox } from './outbox.ts'

export interface NotifierDeps {
  guardian: string
  protocol: string
  events: Events
  outbox: Outbox
  audit: Audit
  metrics: Metrics
  clock: Clock
  log: Logger
}

/** What people and the audit log are told of; everything else is for screens only. */
type Notable = Extract<GuardianEvent, { type: 'alert' | 'incident' | 'sight' | 'consensus' }>

/** Passes events on to the outbox and the audit log, in order. Returns what waits for all of them and ends it. */
export function startNotifier(deps: NotifierDeps): () => Promise<void> {
  const { events, outbox, audit, metrics, clock, log } = deps
  let last: Promise<void> = Promise.resolve()
  let sightState = 'starting'
  const tell = async (event: Notable) => {
    const body = JSON.parse(toJson(event)) as Json & object
    const message = { guardian: deps.guardian, protocol: deps.protocol, atMs: clock.nowMs(), ...body }
    await Promise.all([
      outbox.put({ key: keyOf(event), body: JSON.stringify(message) }),
      audit.append(event.type, body),
    ])
  }
  const unsubscribe = events.subscribe((event) => {
    if (event.type === 'block' || event.type === 'reorg' || event.type === 'carried') return
    // How well the providers do changes often; whether this guardian sees is what matters.
    if (event.type === 'sight' && event.sight.state === sightState) return
    if (event.type === 'sight') sightState = event.sight.state
    last = last
      .then(() => tell(event))
      .catch((error) => {
        metrics.errors.inc({ part: 'notify' })
        log.error({ error, event: event.type }, 'an event could not be recorded')
      })
  })
  return async () => {
    unsubscribe()
    await last
  }
}

/** The same for the same event, so that a message which is recorded twice is sent once. */
function keyOf(event: Notable): string {
  switch (event.type) {
    case 'alert':
      return `alert:${event.change}:${event.finding.uniqueKey}:${event.finding.block.hash}`
    case 'incident':
      return `incident:${event.incident.id}:${event.incident.status}`
    case 'sight':
      return `sight:${event.sight.state}:${event.sight.sinceMs}`
    case 'consensus':
      return `consensus:${event.state}:${event.sinceMs}`
  }
}
