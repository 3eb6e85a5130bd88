import type { DeployChain } from '@breakwater/deploy'
import { BaseError, type Hex } from '@breakwater/kernel'
import type { DevNode } from './devNode.ts'

/** Creating two of the largest contracts that there may be, with their settings. */
const GAS = 12_000_000n

/** A development node to deploy to: what is sent waits for the end of its stage, which is one block, a second later. */
export function createDevChain(node: DevNode, startSeconds: bigint): DeployChain {
  let timestampSeconds = startSeconds
  return {
    async call(to, data) {
      try {
        return (await node.request('eth_call', [{ to, data }, 'latest'])) as Hex
      } catch (error) {
        if (error instanceof BaseError && /revert/i.test(error.message)) return null
        throw error
      }
    },
    hasCode: async (address) => (await node.request('eth_getCode', [address, 'latest'])) !== '0x',
    async send(transaction) {
      await node.send({ ...transaction, gas: GAS })
    },
    async settle() {
      await node.mine(timestampSeconds++)
    },
  }
}
