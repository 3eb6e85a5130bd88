import type { Core } from './core.ts'
import type { CoreEffect } from './effect.ts'
import type { LogRecord } from './record.ts'

/**
 * A log without what a restart does not need: votes and certificates of finalized views, and heartbeats.
 * `effects` are those with which `core` has just started from the whole log.
 */
export function compactLog(core: Core, effects: readonly CoreEffect[]): readonly LogRecord[] {
  const last = core.status().finalized.digest
  const payloads = effects.flatMap((effect): readonly LogRecord[] => {
    if (effect.kind !== 'finalized' || effect.digest === last || effect.block.payload.length === 0) return []
    return [{ kind: 'finalized', block: effect.block }]
  })
  return [...payloads, ...core.checkpoint()]
}
