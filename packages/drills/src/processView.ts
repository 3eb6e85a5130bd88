import type { Events, GuardianEvent } from '@breakwater/node'
import type { GuardianView } from './fleet.ts'

/** What this takes from a guardian's `/status`. */
interface Status {
  consensus: { view: string; finalized: { view: string } } | null
}

/** A guardian of another process at a glance: from what it tells, and from its `/status` with each block. */
export function followView(url: string, subscribe: Events['subscribe']): () => GuardianView {
  const open = new Set<string>()
  let view: GuardianView = {
    ...{ state: 'starting', head: null, view: 0n, finalizedView: 0n, isStalled: false, openFindings: 0 },
  }
  let isAsking = false
  const ask = async () => {
    const { consensus } = (await (await fetch(`${url}/status`)).json()) as Status
    if (consensus === null) return
    const [at, finalizedView] = [BigInt(consensus.view), BigInt(consensus.finalized.view)]
    view = { ...view, view: at, finalizedView }
  }
  subscribe((event) => {
    view = { ...view, ...changeOf(event, open) }
    if (event.type !== 'block' || isAsking) return
    isAsking = true
    // Whether it still answers is seen by its events, and by its end.
    ask()
      .catch(() => {})
      .finally(() => {
        isAsking = false
      })
  })
  return () => view
}

function changeOf(event: GuardianEvent, open: Set<string>): Partial<GuardianView> {
  switch (event.type) {
    case 'sight':
      return { state: event.sight.state }
    case 'block':
      return { head: event.number }
    case 'consensus':
      return { isStalled: event.state === 'stalled' }
    case 'alert':
      if (event.change === 'opened') open.add(event.finding.uniqueKey)
      else open.delete(event.finding.uniqueKey)
      return { openFindings: open.size }
    default:
      return {}
  }
}
