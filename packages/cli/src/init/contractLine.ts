import type { Line } from './line.ts'
import type { Named } from './named.ts'
import type { ProxySlots } from './survey.ts'

/** A contract's entry in `contracts`, and what it was recognised as. */
export function contractLine(contract: Named, all: readonly Named[], chainId: bigint): Line {
  const { alias, address, assetOf, token, vault, feed, owner, paused, proxy, holds } = contract
  const other = all.find((candidate) => candidate.address === assetOf)
  const standard = vault === null ? 'ERC-20 token' : 'ERC-4626 vault'
  const is = [
    ...(token === null ? [] : [`${standard} "${token.name}" (${token.symbol})`]),
    ...(feed === null ? [] : [`price feed "${feed.description}"`]),
    ...(feed?.aggregator ? [`written by the aggregator ${feed.aggregator}`] : []),
    ...(owner === null ? [] : [`owned by ${owner.address}`]),
    ...(paused === null ? [] : [paused ? 'paused now' : 'can be paused']),
  ]
  const isKnown = token !== null || feed !== null
  const prefix =
    other !== undefined ? `Asset of ${other.alias}: ` : isKnown ? '' : 'Of a kind that init does not know: '
  const abi = abiOf(contract)
  const fields = [
    `address: "eip155:${chainId}:${address}"`,
    `abi: ${abi.length === 1 ? abi[0] : `[${abi.join(', ')}]`}`,
    ...(holds.length === 0 ? [] : [`holds: [${holds.join(', ')}]`]),
    ...(token === null ? [] : [`decimals: ${token.decimals}`]),
  ]
  return {
    why: [
      `${prefix}${is.join(', ')}.`,
      ...(isKnown ? [] : ['DECIDE: add the functions that matter to its abi.']),
      ...(proxy === null ? [] : [proxyText(proxy)]),
    ],
    text: `${alias}: { ${fields.join(', ')} }`,
  }
}

/** Of an asset, the token is enough. */
function abiOf({ assetOf, token, vault, feed, owner, paused }: Named): readonly string[] {
  return [
    ...(token === null ? [] : [vault === null ? 'erc20' : 'erc4626']),
    ...(assetOf !== null
      ? []
      : [
          ...(feed === null ? [] : ['aggregatorV3']),
          ...(owner === null ? [] : ['ownable']),
          ...(paused === null ? [] : ['pausable']),
        ]),
  ]
}

function proxyText({ implementation, beacon, admin }: ProxySlots): string {
  const runs = implementation === null ? `what the beacon ${beacon} says` : implementation
  const by = admin === null ? 'its own rules decide who changes that' : `${admin} can change that`
  return `EIP-1967 proxy: runs ${runs}, ${by}. DECIDE: who may, and after what delay?`
}
