import { type CallRead, concatHex, type Hex, keccakText } from '@breakwater/kernel'
import { type AbiFunction, signatureOf } from '../abi.ts'
import type { Contract } from '../contract.ts'
import { suggest } from '../nearest.ts'
import { selectWord, wordType } from '../word.ts'
import { argumentWord } from './argument.ts'
import { type Compiled, type Context, INVALID, type Run, readCall } from './compiled.ts'
import { print, show } from './print.ts'
import type { Node, NodeOf } from './syntax.ts'
import type { Type } from './unit.ts'

/** Node and arguments of `alias.name(…)`, with the outputs that are chosen after it. */
interface ContractCall {
  contract: Contract
  member: NodeOf<'member'>
  args: readonly Node[]
  outputs: readonly string[]
}

/**
 * A contract read: `vault.totalAssets()`, `feed.latestRoundData().answer`; or `block.number`, `block.timestamp`.
 * Everything else that has a point or is called so is reported.
 */
export function compileRead(node: NodeOf<'member' | 'invoke'>, context: Context): Compiled {
  const call = contractCall(node, context)
  if (call === undefined) return INVALID
  const { contract, member, args, outputs } = call
  const item = chooseFunction(contract, member, args.length, context)
  if (item === undefined) return INVALID
  const words = args.map((arg, i) => argumentWord(arg, item.inputs[i]?.type ?? '', context))
  const output = selectWord(item.outputs, outputs)
  const name = `${contract.alias}.${item.name}`
  if ('wrong' in output) {
    context.report(member.at, 'SPEC_CALL', `${name} ${output.wrong}`, output.hint)
    return INVALID
  }
  const type = wordType(output.type)
  if (type === undefined) {
    const hint = 'integers, bool, address and bytes32 can be read'
    context.report(member.at, 'SPEC_CALL', `${name} returns ${output.type}, which is no number`, hint)
    return INVALID
  }
  const known = words.filter((word) => word !== undefined)
  if (known.length < words.length) return INVALID
  const selector = keccakText(signatureOf(item)).slice(0, 10) as Hex
  return read(
    {
      id: print(node),
      to: contract.address,
      data: concatHex([selector, ...known]),
      word: output.index,
      type,
    },
    expressionType(output.type),
    context,
  )
}

/** `balance(vault)`: its native balance. */
export function compileBalance(node: NodeOf<'invoke'>, context: Context): Compiled {
  const [account] = node.args
  const contract = account?.kind === 'name' ? context.contracts.get(account.name) : undefined
  if (contract === undefined || node.args.length !== 1) {
    const isBroken = account?.kind === 'name' && context.broken.has(account.name)
    const hint =
      account?.kind === 'name' ? suggest(account.name, context.contracts.keys()) : 'write balance(vault)'
    if (!isBroken) context.report(account?.at ?? node.at, 'SPEC_CALL', 'balance needs one contract', hint)
    return INVALID
  }
  const call: CallRead = { id: print(node), to: contract.address, data: 'balance', word: 0, type: 'uint' }
  return read(call, 'onchain', context)
}

function read(call: CallRead, type: Type, context: Context): Compiled {
  context.need({ calls: [call] })
  const number = readCall(call.id)
  return { type, run: type === 'boolean' ? isTrue(number) : number, remembered: call.id }
}

/** A bool is stored as a number. */
export function isTrue(number: Run): Run<boolean> {
  return (scene) => {
    const value = number(scene)
    return value.ok ? { ok: true, value: value.value !== 0n } : value
  }
}

function expressionType(abiType: string): Type {
  if (abiType === 'bool') return 'boolean'
  return abiType === 'address' || abiType === 'bytes32' ? abiType : 'onchain'
}

/** Takes a read apart from the outside: outputs, arguments, function, contract. */
function contractCall(node: NodeOf<'member' | 'invoke'>, context: Context): ContractCall | undefined {
  const outputs: string[] = []
  let inner: Node = node
  while (inner.kind === 'member' && inner.of.kind !== 'name') {
    outputs.unshift(inner.name)
    inner = inner.of
  }
  if (inner.kind === 'member' && inner.of.kind === 'name') {
    const { contract } = findContract(inner.of, context)
    if (contract !== undefined) {
      const text = show(inner)
      context.report(inner.at, 'SPEC_CALL', `${text} is not called`, `write ${text}()`)
    }
    return undefined
  }
  if (inner.kind === 'invoke' && inner.callee.kind === 'member' && inner.callee.of.kind === 'name') {
    const { contract } = findContract(inner.callee.of, context)
    return contract && { contract, member: inner.callee, args: inner.args, outputs }
  }
  context.report(
    inner.at,
    'SPEC_CALL',
    `${show(node)} cannot be read`,
    'read a contract: vault.totalAssets()',
  )
  return undefined
}

/** The contract of an alias; reported when there is none, unless the alias itself was wrong. */
export function findContract(
  { name, at }: NodeOf<'name'>,
  context: Context,
): { contract: Contract | undefined } {
  if (context.broken.has(name)) return { contract: undefined }
  const contract = context.contracts.get(name)
  if (contract === undefined) {
    context.report(at, 'SPEC_NAME', `there is no contract "${name}"`, suggest(name, context.contracts.keys()))
  }
  return { contract }
}

function chooseFunction(
  { alias, abi }: Contract,
  { name, at }: NodeOf<'member'>,
  count: number,
  context: Context,
): AbiFunction | undefined {
  const reject = (code: 'SPEC_NAME' | 'SPEC_CALL', message: string, hint?: string): undefined =>
    context.report(at, code, message, hint) as undefined
  const functions = abi.filter((item) => item.type === 'function')
  const named = functions.filter((item) => item.name === name)
  if (named.length === 0) {
    const readable = functions.filter(({ stateMutability }) => isReadable(stateMutability))
    const hint = suggest(name, new Set(readable.map((item) => item.name)))
    return reject('SPEC_NAME', `the ABI of "${alias}" has no function "${name}"`, hint)
  }
  const [item, another] = named.filter(({ inputs }) => inputs.length === count)
  if (item === undefined) {
    const signatures = named.map(signatureOf).join(', ')
    return reject('SPEC_CALL', `${alias}.${name} is called with ${count} arguments`, `it is ${signatures}`)
  }
  if (another !== undefined) {
    const message = `${alias}.${name} has two forms with ${count} arguments`
    return reject(
      'SPEC_CALL',
      message,
      `give "${alias}" an ABI with only one of ${signatureOf(item)}, ${signatureOf(another)}`,
    )
  }
  if (!isReadable(item.stateMutability)) {
    const message = `${alias}.${name} is ${item.stateMutability}: it would change the state`
    return reject('SPEC_CALL', message, 'only view and pure functions can be read')
  }
  return item
}

function isReadable(stateMutability: AbiFunction['stateMutability']): boolean {
  return stateMutability === 'view' || stateMutability === 'pure'
}
