import { seamedPerpsAbi } from '@breakwater/contracts/SeamedPerps'
import { valueReaderAbi, valueReaderBytecode } from '@breakwater/contracts/ValueReader'
import { type LyingProxy, startLyingProxy } from '@breakwater/devchain'
import { type Hex, toWord } from '@breakwater/kernel'
import {
  decodeAbiParameters,
  decodeDeployData,
  encodeAbiParameters,
  encodeFunctionData,
  parseAbiParameters,
} from 'viem'
import type { World } from '../world.ts'

const RESULTS = parseAbiParameters('(bool ok, bytes data)[]')

/**
 * A provider that tells the truth but for one value, the traders' claims: it hides a theft (there are no claims at
 * all) or invents one (there are more than dollars). A guardian with no other provider believes it.
 */
export async function startLiar({ anvil, harbor }: World, lie: 'hide' | 'invent'): Promise<LyingProxy> {
  const proxy = await startLyingProxy(anvil.url)
  const claims = encodeFunctionData({ abi: seamedPerpsAbi, functionName: 'totalClaims' })
  const forged = toWord(lie === 'hide' ? 0n : 10n ** 15n)
  const forge = (call: Hex, answer: Hex): Hex => {
    const { args } = decodeDeployData({ abi: valueReaderAbi, bytecode: valueReaderBytecode, data: call })
    const [results] = decodeAbiParameters(RESULTS, answer)
    const told = results.map((result, index) => {
      const read = args[0][index]
      const isClaims = read?.target.toLowerCase() === harbor.perps && read.data === claims
      return isClaims ? { ok: true, data: forged } : result
    })
    return encodeAbiParameters(RESULTS, [told])
  }
  proxy.lie = (method, params, answer) => {
    const data = (params[0] as { data?: Hex } | undefined)?.data
    if (method !== 'eth_call' || data === undefined || !('result' in answer)) return answer
    return data.startsWith(valueReaderBytecode) ? { result: forge(data, answer.result as Hex) } : answer
  }
  return proxy
}
