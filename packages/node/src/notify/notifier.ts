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

export interface Notifier {
  /** Resolves once nothing that happened until now can be lost any more. @throws NODE_WAL_IO while a crash could lose it */
  recorded(): Promise<void>
  stop(): Promise<void>
}

/** What the audit log is told of, and people, but for each bid of a carrier; everything else is for screens only. */
type Notable = Extract<GuardianEvent, { type: 'alert' | 'incident' | 'carried' | 'sight' | 'consensus' }>

/** Passes events on to the outbox and the audit log, in order. */
export function startNotifier(deps: NotifierDeps): Notifier {
  const { events, outbox, audit, metrics, clock, log } = deps
  let last: Promise<void> = Promise.resolve()
  let sightState = 'starting'
  let reorgs = 0

  const complain = (event: GuardianEvent, error: unknown) => {
    metrics.errors.inc({ part: 'notify' })
    log.error({ error, event: event.type }, 'an event could not be recorded')
  }
  const record = async (event: Notable, atMs: number, key: string) => {
    const body = JSON.parse(toJson(event)) as Json & object
    const message = { guardian: deps.guardian, protocol: deps.protocol, atMs, ...body }
    const steps = [audit.append(event.type, body)]
    if (event.type !== 'carried') steps.push(outbox.put({ key, body: JSON.stringify(message) }))
    await Promise.all(steps.map((step) => step.catch((error) => complain(event, error))))
  }
  const unsubscribe = events.subscribe((event) => {
    if (event.type === 'reorg') reorgs++
    if (event.type === 'block' || event.type === 'reorg') return
    // How well the providers do changes often; whether this guardian sees is what matters.
    if (event.type === 'sight' && event.sight.state === sightState) return
    if (event.type === 'sight') sightState = event.sight.state
    // What a reorganisation undoes may happen once more, and is news then.
    const key = reorgs === 0 ? keyOf(event) : `${keyOf(event)}:${reorgs}`
    const atMs = clock.nowMs()
    last = last.then(() => record(event, atMs, key))
  })
  return {
    async recorded() {
      await last
      const trouble = outbox.trouble()
      if (trouble !== null) throw trouble
    },
    async stop() {
      unsubscribe()
      await last
    },
  }
}

/** The same for the same event, so that a message which is recorded twice is sent once. */
function keyOf(event: Notable): string {
  switch (event.type) {
    case 'alert':
      return `alert:${event.change}:${event.finding.uniqueKey}:${event.finding.block.hash}`
    case 'incident':
      return `incident:${event.incident.id}:${event.incident.status}`
    case 'carried':
      return `carried:${event.txHash}`
    case 'sight':
      return `sight:${event.sight.state}:${event.sight.sinceMs}`
    case 'consensus':
      return `consensus:${event.state}:${event.sinceMs}`
  }
}
