import { checkSpec } from '@breakwater/spec'

/** What a contract or value can be called in a specification: each name once. */
export interface Names {
  /** A name made of `text`, or of `kind` where `text` has nothing to make one of. */
  claim(text: string, kind: string): string
}

const MAX_LENGTH = 40

export function createNames(): Names {
  const taken = new Set<string>()
  return {
    claim(text, kind) {
      const wanted = identifier(text)
      const base = isUsable(wanted) ? wanted : identifier(`${wanted} ${kind}`)
      let name = base
      for (let n = 2; taken.has(name); n++) name = `${base}${n}`
      taken.add(name)
      return name
    },
  }
}

/** `BTC / USD` is btcUsd, `USDC` usdc, `tUSD` stays. What is neither letter nor digit of ASCII separates words. */
export function identifier(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const [first = '', ...others] = words
  const head = first === first.toUpperCase() ? first.toLowerCase() : lowered(first)
  const rest = others.map((word) => raised(word === word.toUpperCase() ? word.toLowerCase() : word))
  return lowered([head, ...rest].join('').replace(/^\d+/, '')).slice(0, MAX_LENGTH)
}

const lowered = (word: string) => word.charAt(0).toLowerCase() + word.slice(1)
const raised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** Asks the language itself whether something can be called so: its own words are refused, and YAML's. */
function isUsable(name: string): boolean {
  const address = `"eip155:1:0x${'11'.repeat(20)}"`
  const lines = [
    'version: 1',
    'protocol: { name: protocol }',
    'networks: [{ slug: network, chainId: 1 }]',
    'contracts:',
    `  ${name}: { address: ${address}, abi: erc20 }`,
  ]
  return name !== '' && checkSpec(lines.join('\n')).length === 0
}
