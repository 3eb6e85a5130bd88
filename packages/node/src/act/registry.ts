import type { Rpc } from '@breakwater/chain'
import { guardianRegistryAbi } from '@breakwater/contracts/GuardianRegistry'
import { type Address, BaseError, type Hex, isHex } from '@breakwater/kernel'
import { decodeFunctionResult, encodeFunctionData } from 'viem'

/** Who decides together, as the registry says. */
export interface GuardianSet {
  epoch: bigint
  /** A guardian's position is its number. */
  guardians: readonly Address[]
}

/** @throws NODE_REGISTRY when there is no registry at the address; the errors of the provider. */
export async function readRegistry(rpc: Rpc, registry: Address): Promise<GuardianSet> {
  const call = async (functionName: 'epoch' | 'guardians') => {
    const data = encodeFunctionData({ abi: guardianRegistryAbi, functionName })
    const answer = await rpc.request('eth_call', [{ to: registry, data }, 'latest'])
    if (!isHex(answer) || answer === '0x') throw noRegistry(registry, 'there is no contract')
    try {
      return decodeFunctionResult({ abi: guardianRegistryAbi, functionName, data: answer as Hex })
    } catch (cause) {
      throw noRegistry(registry, 'the contract answers something else', cause)
    }
  }
  const [epoch, guardians] = await Promise.all([call('epoch'), call('guardians')])
  return {
    epoch: epoch as bigint,
    guardians: (guardians as readonly Hex[]).map((guardian) => guardian.toLowerCase() as Address),
  }
}

function noRegistry(registry: Address, reason: string, cause?: unknown): BaseError {
  return new BaseError('NODE_REGISTRY', `no guardian registry at ${registry}: ${reason}`, {
    hint: 'check guardians.registry in the specification, and that rpc is on its network',
    cause,
  })
}
