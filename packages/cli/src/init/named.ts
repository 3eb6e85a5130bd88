import type { Address } from '@breakwater/kernel'
import type { Names } from './alias.ts'
import type { Found, Survey } from './survey.ts'

/** A contract with the name that it has in the draft. */
export interface Named extends Found {
  alias: string
  /** Aliases of the tokens that it keeps for the protocol. */
  holds: readonly string[]
}

/** Gives every contract its name, the one that people gave it before any other, and the tokens that it keeps. */
export function nameContracts(
  { contracts, holdings }: Survey,
  names: Names,
  given: ReadonlyMap<Address, string>,
): readonly Named[] {
  const claim = (found: Found): [Address, string] => {
    const [text, kind] = nameOf(found)
    return [found.address, names.claim(given.get(found.address) ?? text, kind)]
  }
  const isGiven = ({ address }: Found) => given.has(address)
  const ordered = [...contracts.filter(isGiven), ...contracts.filter((found) => !isGiven(found))]
  const aliases = new Map(ordered.map(claim))
  const aliasOf = (address: string) => [...aliases].find(([known]) => known === address)?.[1] ?? ''
  return contracts.map((found) => {
    const held = holdings.filter(({ holder }) => holder === found.address).map(({ token }) => token)
    const asset = found.vault === null ? [] : [found.vault.asset]
    return {
      ...found,
      alias: aliasOf(found.address),
      holds: [...new Set([...asset, ...held])].map(aliasOf),
    }
  })
}

function nameOf({ token, vault, feed }: Found): [string, string] {
  if (token !== null) return [token.symbol, vault === null ? 'token' : 'vault']
  return feed === null ? ['', 'contract'] : [feed.description, 'feed']
}
