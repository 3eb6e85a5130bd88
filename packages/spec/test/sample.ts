import {
  type Address,
  type Facts,
  type History,
  type Known,
  known,
  type Quantity,
  type Scene,
  unknown,
} from '@breakwater/kernel'
import { checkSpec, evaluateValues, loadSpec, type Problem, type Spec } from '../src/index.ts'

export const address = (digits: string): Address => `0x${digits.padStart(40, '0')}`

/** Everything that a specification must have, and contracts for expressions to speak of. */
export const HEAD = `version: 1
protocol: { name: Harbor, kinds: [perpetuals] }
networks: [{ slug: local, chainId: 31337 }]
abis:
  Perps:
    - function totalClaims() view returns (uint256)
    - function positionOf(address account, bytes32 market) view returns ((int256 size, uint256 entry, bool isLong))
    - function nameOf(uint256) view returns ((string name, uint256 size))
    - function pnl(int24 tick, bool up) view returns (int256 profit, uint256, address trader)
    - function open(uint256 size)
    - function label() view returns (string)
    - function grid() view returns (uint256[3] cells, uint256 last)
    - function twice(uint256) view returns (uint256)
    - function twice(address) view returns (uint256)
    - event Opened(address indexed account, bytes32 indexed market, int256 size, uint256 fee)
contracts:
  usdc: { address: "eip155:31337:${address('a1')}", abi: erc20, decimals: 6 }
  weth: { address: "eip155:31337:${address('a2')}", abi: erc20, decimals: 18 }
  vault: { address: "eip155:31337:${address('a3')}", abi: [erc4626, ownable, pausable], holds: [usdc] }
  perps: { address: "eip155:31337:${address('a4')}", abi: Perps, holds: [usdc] }
  feed: { address: "eip155:31337:${address('a5')}", abi: aggregatorV3 }
`
export const GUARDIANS = `guardians:
  registry: "eip155:31337:${address('b1')}"
  breaker: "eip155:31337:${address('b2')}"
`

/** A specification whose one value `x` is this expression; every character of it stands in column `X_COLUMN` + i. */
export const withValue = (expression: string, more = ''): string =>
  `${HEAD}values:\n  x: ${JSON.stringify(expression)}\n${more}`
export const X_COLUMN = 7
const X_LINE = HEAD.split('\n').length + 1

/** The problems of an expression, each as `CODE@offset message`. */
export function problemsOf(expression: string, more = ''): readonly string[] {
  return checkSpec(withValue(expression, more)).map(({ code, message, line, column }) =>
    line === X_LINE ? `${code}@${column - X_COLUMN} ${message}` : `${code}@line${line} ${message}`,
  )
}

/** The one problem of an expression. */
export function problemOf(expression: string, more = ''): Problem {
  const problems = checkSpec(withValue(expression, more))
  const [problem, another] = problems
  if (problem === undefined || another !== undefined) {
    throw new Error(
      `${expression} has ${problems.length} problems: ${problems.map(({ message }) => message)}`,
    )
  }
  return problem
}

export interface Inputs {
  calls?: Readonly<Record<string, bigint | Known<bigint>>>
  sums?: Readonly<Record<string, Known<bigint>>>
  ago?: Readonly<Record<string, Known<Quantity>>>
  max?: Readonly<Record<string, Known<Quantity>>>
  min?: Readonly<Record<string, Known<Quantity>>>
}

/** A block with these answers; windows are looked up as `id, seconds`. */
export function sceneOf(inputs: Inputs = {}): Omit<Scene, 'values'> {
  const look = <T>(answers: Readonly<Record<string, Known<T>>> | undefined, key: string): Known<T> =>
    answers?.[key] ?? unknown('warming')
  const calls = Object.entries(inputs.calls ?? {}).map(([id, answer]): [string, Known<bigint>] => [
    id,
    typeof answer === 'bigint' ? known(answer) : answer,
  ])
  const facts: Facts = {
    block: { number: 17n, hash: '0x', parentHash: '0x', timestampSeconds: 1_700_000_000n },
    txs: [],
    calls: new Map(calls),
    observed: { atMs: 0, refs: new Map() },
  }
  const history: History = {
    sum: (id, seconds) => look(inputs.sums, `${id}, ${seconds}`),
    ago: (id, seconds) => look(inputs.ago, `${id}, ${seconds}`),
    stretch: () => null,
    extreme: (which, id, seconds) => look(inputs[which], `${id}, ${seconds}`),
  }
  return { facts, history }
}

/** The value of an expression. */
export function evaluated(expression: string, inputs?: Inputs): Known<Quantity> {
  return evaluateValues(loadSpec(withValue(expression)), sceneOf(inputs)).get('x') ?? unknown('unsupported')
}

/** Whether a condition holds. */
export function holds(condition: string, inputs?: Inputs): Known<boolean> {
  const spec = loadInvariant(condition)
  const scene = sceneOf(inputs)
  const [invariant] = spec.invariants
  if (invariant === undefined) throw new Error('no invariant')
  return invariant.require.run({ ...scene, values: evaluateValues(spec, scene) })
}

export function loadInvariant(condition: string, more = ''): Spec {
  return loadSpec(
    `${HEAD}${more}invariants: [{ id: x, require: ${JSON.stringify(condition)}, severity: high }]\n`,
  )
}

/** Line and column of the first occurrence of `needle`, `skip` characters into it. */
export function placeOf(text: string, needle: string, skip = 0): { line: number; column: number } {
  const at = text.indexOf(needle)
  if (at < 0) throw new Error(`${needle} is not in the text`)
  const before = text.slice(0, at + skip).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
