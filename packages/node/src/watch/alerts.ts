import type { Evaluation } from '@breakwater/detect'
import type { Finding, Hex } from '@breakwater/kernel'
import type { AlertEvent } from '../events.ts'

/** Which findings are open: told once when they open, once when they are over. */
export interface Alerts {
  open(): readonly Finding[]
  /** What changed by the new head. After a restart the blocks of before are given again, and nobody is told. */
  update(evaluation: Evaluation): readonly AlertEvent[]
  /** These blocks left the chain: what opened in them is retracted unless the new branch shows it too. */
  orphaned(hashes: readonly Hex[]): void
}

export function createAlerts(): Alerts {
  const open = new Map<string, Finding>()
  const orphans = new Set<Hex>()
  return {
    open: () => [...open.values()],
    update({ findings }) {
      const events: AlertEvent[] = []
      const now = new Map(findings.map((finding) => [finding.uniqueKey, finding]))
      for (const [key, finding] of open) {
        if (now.has(key)) continue
        open.delete(key)
        const change = orphans.has(finding.block.hash) ? 'retracted' : 'resolved'
        events.push({ type: 'alert', change, finding })
      }
      for (const [key, finding] of now) {
        if (open.has(key)) continue
        open.set(key, finding)
        events.push({ type: 'alert', change: 'opened', finding })
      }
      orphans.clear()
      return events
    },
    orphaned(hashes) {
      for (const hash of hashes) orphans.add(hash)
    },
  }
}
