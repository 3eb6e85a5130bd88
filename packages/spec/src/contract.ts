import type { Address } from '@breakwater/kernel'
import { z } from 'zod'
import type { Abi } from './abi.ts'
import { type AbiBook, abiSchema } from './abiBook.ts'
import type { Entries } from './entry.ts'
import { isReserved } from './expression/syntax.ts'
import { suggest } from './nearest.ts'
import type { Report } from './problem.ts'
import { accountSchema, decimalsSchema, mapping, nameSchema, splitAccount } from './scalar.ts'

export const contractSchema = mapping({
  address: accountSchema.describe('CAIP-10 account: eip155:1:0x…'),
  abi: z
    .union([nameSchema, abiSchema], { error: 'must be a name or a list of ABI items' })
    .describe(
      'A name under `abis`, one of erc20, erc4626, ownable, pausable, aggregatorV3, or a list of such names and of items.',
    ),
  holds: z.array(nameSchema).optional().describe('Tokens that it holds for the protocol.'),
  decimals: decimalsSchema.optional().describe('Decimals of a token; lets expressions say `1000 usdc`.'),
})

/** A contract of the specification. */
export interface Contract {
  alias: string
  address: Address
  abi: Abi
  /** Aliases of the tokens that it holds for the protocol. */
  holds: readonly string[]
  decimals?: number
}

/** All contracts by alias; `broken` are those that something is wrong with. */
export function resolveContracts(
  { entries, broken }: Entries<z.output<typeof contractSchema>>,
  chainId: bigint | undefined,
  abiBook: AbiBook,
  report: Report,
): { contracts: ReadonlyMap<string, Contract>; broken: ReadonlySet<string> } {
  const contracts = new Map<string, Contract>()
  const wrong = new Set(broken)
  const aliasByAddress = new Map<string, string>()
  const aliases = [...entries.map(({ name }) => name), ...broken]
  for (const { name, path, value } of entries) {
    const { chainId: itsChainId, address } = splitAccount(value.address)
    const place = { path: [...path, 'address'] }
    if (isReserved(name)) {
      report({ path, key: true }, 'SPEC_DUPLICATE', `"${name}" is a word of the expression language`)
    }
    if (chainId !== undefined && itsChainId !== chainId) {
      report(place, 'SPEC_NETWORK', `"${name}" is on chain ${itsChainId}, the network is chain ${chainId}`)
    }
    const other = aliasByAddress.get(address)
    if (other !== undefined) {
      const hint = 'list both ABIs under one alias: abi: [First, Second]'
      report(place, 'SPEC_DUPLICATE', `"${name}" has the same address as "${other}"`, hint)
    }
    aliasByAddress.set(address, name)
    const abi = abiBook(value.abi, [...path, 'abi'])
    if (abi === undefined) wrong.add(name)
    value.holds?.forEach((alias, i) => {
      if (aliases.includes(alias)) return
      const hint = suggest(alias, aliases)
      report({ path: [...path, 'holds', i] }, 'SPEC_NAME', `there is no contract "${alias}"`, hint)
    })
    contracts.set(name, {
      alias: name,
      address,
      abi: abi ?? [],
      holds: value.holds ?? [],
      ...(value.decimals === undefined ? {} : { decimals: value.decimals }),
    })
  }
  return { contracts, broken: wrong }
}
