import { type CallRead, concatHex, type Hex, keccakText } from '@breakwater/kernel'
import { type AbiFunction, signatureOf } from '../abi.ts'
import type { Contract } from '../contract.ts'
import { suggest } from '../nearest.ts'
import { selectWord, wordType } from '../word.ts'
import { argumentsText, argumentWord } from './argument.ts'
import { type Compiled, type Context, fail, INVALID, type Run, readCall } from './compiled.ts'
import { print, show } from './print.ts'
import type { Node, NodeOf } from './syntax.ts'
import type { Type } from './unit.ts'

/** `alias.member(args).outputs`, taken apart. */
interface ContractCall {
  contract: Contract
  member: NodeOf<'member'>
  args: readonly Node[]
  outputs: readonly string[]
}

/** A contract read: `vault.totalAssets()`, `feed.latestRoundData().answer`. */
export function compileRead(node: NodeOf<'member' | 'invoke'>, context: Context): Compiled {
  const call = contractCall(node, context)
  const item = call && chooseFunction(call, context)
  if (call === undefined || item === undefined) return INVALID
  const { contract, member, args, outputs } = call
  const words = args.map((arg, i) => argumentWord(arg, item.inputs[i]?.type ?? '', context))
  const output = selectWord(item.outputs, outputs)
  const name = `${contract.alias}.${item.name}`
  if ('wrong' in output) return fail(context, member.at, 'SPEC_CALL', `${name} ${output.wrong}`, output.hint)
  const type = wordType(output.type)
  if (type === undefined) {
    const hint = 'integers, bool, address and bytes32 can be read'
    return fail(context, member.at, 'SPEC_CALL', `${name} returns ${output.type}, which is no number`, hint)
  }
  const known = words.filter((word) => word !== undefined)
  if (known.length < words.length) return INVALID
  const selector = keccakText(signatureOf(item)).slice(0, 10) as Hex
  const data = concatHex([selector, ...known])
  const read = { id: print(node), to: contract.address, data, word: output.index, type }
  return compileCall(read, expressionType(output.type), context)
}

/** `balance(vault)`: its native balance. */
export function compileBalance(node: NodeOf<'invoke'>, context: Context): Compiled {
  const [account, another] = node.args
  if (account?.kind !== 'name' || another !== undefined) {
    return fail(
      context,
      account?.at ?? node.at,
      'SPEC_CALL',
      'balance needs one contract',
      'write balance(vault)',
    )
  }
  const contract = findContract(account, context)
  if (contract === undefined) return INVALID
  const read = { id: print(node), to: contract.address, data: 'balance', word: 0, type: 'uint' } as const
  return compileCall(read, 'onchain', context)
}

function compileCall(call: CallRead, type: Type, context: Context): Compiled {
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

/** From the outside in: outputs, arguments, function, contract. */
function contractCall(node: NodeOf<'member' | 'invoke'>, context: Context): ContractCall | undefined {
  const outputs: string[] = []
  let inner: Node = node
  while (inner.kind === 'member' && inner.of.kind !== 'name') {
    outputs.unshift(inner.name)
    inner = inner.of
  }
  if (inner.kind === 'member' && inner.of.kind === 'name') {
    if (findContract(inner.of, context) === undefined) return undefined
    return context.report(inner.at, 'SPEC_CALL', `${show(inner)} is not called`, `write ${show(inner)}()`)
  }
  if (inner.kind === 'invoke' && inner.callee.kind === 'member' && inner.callee.of.kind === 'name') {
    const contract = findContract(inner.callee.of, context)
    return contract && { contract, member: inner.callee, args: inner.args, outputs }
  }
  const hint = 'read a contract: vault.totalAssets()'
  return context.report(inner.at, 'SPEC_CALL', `${show(node)} cannot be read`, hint)
}

/** The contract of an alias; reported when there is none, unless the alias itself was wrong. */
export function findContract({ name, at }: NodeOf<'name'>, context: Context): Contract | undefined {
  if (context.broken.has(name)) return undefined
  const contract = context.contracts.get(name)
  if (contract !== undefined) return contract
  const hint = suggest(name, context.contracts.keys())
  return context.report(at, 'SPEC_NAME', `there is no contract "${name}"`, hint)
}

function chooseFunction(
  { contract: { alias, abi }, member: { name, at }, args }: ContractCall,
  context: Context,
): AbiFunction | undefined {
  const functions = abi.filter((item) => item.type === 'function')
  const named = functions.filter((item) => item.name === name)
  if (named.length === 0) {
    const hint = suggest(name, new Set(functions.filter(isReadable).map((item) => item.name)))
    return context.report(at, 'SPEC_NAME', `the ABI of "${alias}" has no function "${name}"`, hint)
  }
  const [item, another] = named.filter(({ inputs }) => inputs.length === args.length)
  const called = `${alias}.${name} with ${argumentsText(args.length)}`
  if (item === undefined) {
    const hint = `it is ${named.map(signatureOf).join(', ')}`
    return context.report(at, 'SPEC_CALL', `there is no ${called}`, hint)
  }
  if (another !== undefined) {
    const hint = `give "${alias}" an ABI with only one of ${signatureOf(item)}, ${signatureOf(another)}`
    return context.report(at, 'SPEC_CALL', `there are two ${called}`, hint)
  }
  if (isReadable(item)) return item
  const message = `${alias}.${name} is ${item.stateMutability}: it would change the state`
  return context.report(at, 'SPEC_CALL', message, 'only view and pure functions can be read')
}

function isReadable({ stateMutability }: AbiFunction): boolean {
  return stateMutability === 'view' || stateMutability === 'pure'
}
