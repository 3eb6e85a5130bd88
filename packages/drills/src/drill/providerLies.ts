import { type Answer, startLyingProxy } from '@breakwater/devchain'
import type { World } from '../world.ts'
import { type Drill, type Intruder, steps } from './drill.ts'

/** The guardian whose second provider lies. */
export const DECEIVED = 3
/** How long the lying lasts. */
const LYING_TICKS = 25

/**
 * One guardian's second provider forges a receipt, then values: that guardian must go blind, not vote, and see again
 * when the lying ends; the others go on.
 */
export const providerLies: Drill = {
  name: 'provider-lies',
  class: 'forged RPC answers',
  kind: 'control',
  enforcement: 'direct',
  isLaunchable: false,
  summary: 'a proxy forges receipts and values for one guardian: it goes blind, the rest go on',
  lossLimitUsd: 0,
  startMinute: 120,
  ticks: steps(60, 1, 0.25),
  attackTick: 15,
  recoveryTicks: 0,
  create,
}

async function create(_seed: number, world: World): Promise<Intruder> {
  const proxy = await startLyingProxy(world.anvil.url)
  return {
    accounts: [],
    providers: (index) => (index === DECEIVED ? [world.anvil.url, proxy.url] : [world.anvil.url]),
    prepare: async () => {},
    async act(round) {
      proxy.lie = round < LYING_TICKS / 2 ? forgeReceipts : round < LYING_TICKS ? forgeValues : null
    },
    mend: async () => {},
    end: proxy.stop,
  }
}

/** Says that everything which succeeded failed. */
function forgeReceipts(method: string, _params: readonly unknown[], answer: Answer): Answer {
  if (method !== 'eth_getBlockReceipts' || !('result' in answer) || !Array.isArray(answer.result))
    return answer
  return {
    result: answer.result.map((receipt) => ({
      ...receipt,
      status: receipt.status === '0x1' ? '0x0' : '0x1',
    })),
  }
}

/** Changes each value a little: the last hexadecimal digit that is not zero. */
function forgeValues(method: string, _params: readonly unknown[], answer: Answer): Answer {
  if (method !== 'eth_call' || !('result' in answer) || typeof answer.result !== 'string') return answer
  return { result: answer.result.replace(/[1-9a-f](0*)$/, (_digit, zeros) => `7${zeros}`) }
}
