import { startAnvil } from '@breakwater/devchain'
import { createDevNode, type DevNode } from './devNode.ts'

/** A chain with nothing on it. */
export interface BareChain {
  readonly node: DevNode
  stop(): Promise<void>
}

/** Mines only when told to. @throws DEVCHAIN_ANVIL_MISSING, DEVCHAIN_ANVIL_FAILED */
export async function startBareChain(timestampSeconds: number): Promise<BareChain> {
  const anvil = await startAnvil({ timestampSeconds, args: ['--no-mining', '--gas-limit', '120000000'] })
  return { node: createDevNode(anvil.url), stop: () => anvil.stop() }
}
