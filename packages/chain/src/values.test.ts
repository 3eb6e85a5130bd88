import { valueReaderAbi, valueReaderBytecode } from '@breakwater/contracts/ValueReader'
import { BaseError, type CallRead, type Hex, toWord } from '@breakwater/kernel'
import fc from 'fast-check'
import { decodeAbiParameters, encodeAbiParameters, size } from 'viem'
import { describe, expect, test } from 'vitest'
import { batchReads, readValues } from './values.ts'

interface Result {
  ok: boolean
  data: Hex
}
const RESULTS = [
  {
    type: 'tuple[]',
    components: [
      { name: 'ok', type: 'bool' },
      { name: 'data', type: 'bytes' },
    ],
  },
] as const
const answerOf = (results: readonly Result[]) => encodeAbiParameters(RESULTS, [results])
/** The reads that a call asks for. */
const readsIn = (data: Hex) => {
  expect(data.startsWith(valueReaderBytecode)).toBe(true)
  const [reads] = decodeAbiParameters(valueReaderAbi[0].inputs, `0x${data.slice(valueReaderBytecode.length)}`)
  return reads
}

const readOf = (index: number, more: Partial<CallRead> = {}): CallRead => ({
  id: `read ${index}`,
  to: `0x${index.toString(16).padStart(40, '0')}`,
  data: '0x01',
  word: 0,
  type: 'uint',
  ...more,
})
const reads = (count: number) => Array.from({ length: count }, (_, i) => readOf(i))
const read = (answer: unknown, ...calls: CallRead[]) => readValues(batchReads(calls), async () => answer)
const nodeError = (message: string, nodeCode = -32000) =>
  new BaseError('CHAIN_RPC_ERROR', message, { meta: { nodeMessage: message, nodeCode } })

test('asks for each read once, in as few calls as the limits allow', async () => {
  const calls = [
    ...reads(230),
    readOf(900, { data: 'balance' }),
    readOf(901, { data: `0x${'ff'.repeat(30_000)}` }),
    readOf(902, { data: `0x${'ff'.repeat(30_000)}` }),
  ]
  const asked = batchReads(calls).map(({ data }) => ({ bytes: size(data), reads: readsIn(data) }))
  expect(asked.map((call) => call.reads.length)).toEqual([100, 100, 32, 1])
  for (const { bytes } of asked) expect(bytes).toBeLessThan(49_152)
  expect(
    asked.flatMap((call) => call.reads.map(({ target, balance }) => [target.toLowerCase(), balance])),
  ).toEqual(calls.map(({ to, data }) => [to, data === 'balance']))
  expect(batchReads([])).toEqual([])
})

test('takes the word that is asked for, signed or not', async () => {
  fc.assert(
    await fc.asyncProperty(
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), { minLength: 1, maxLength: 8 }),
      fc.nat(7),
      async (words, word) => {
        const data = `0x${words.map((value) => toWord(value).slice(2)).join('')}` as Hex
        const values = await read(
          answerOf([
            { ok: true, data },
            { ok: true, data },
          ]),
          readOf(0, { word }),
          readOf(1, { word, type: 'int' }),
        )
        const value = words[word]
        const expected = (type: 'uint' | 'int') =>
          value === undefined
            ? { ok: false, reason: 'unsupported' }
            : { ok: true, value: type === 'uint' ? value : BigInt.asIntN(256, value) }
        expect(values.get('read 0')).toEqual(expected('uint'))
        expect(values.get('read 1')).toEqual(expected('int'))
      },
    ),
  )
})

test('a refusal is reverted, too short an answer unsupported; the others are not touched', async () => {
  const values = await read(
    answerOf([
      { ok: false, data: toWord(1n) },
      { ok: true, data: '0x' },
      { ok: true, data: `0x${'00'.repeat(31)}` },
      { ok: true, data: `${toWord(5n)}ff` },
    ]),
    ...reads(4),
  )
  expect([...values.values()]).toEqual([
    { ok: false, reason: 'reverted' },
    { ok: false, reason: 'unsupported' },
    { ok: false, reason: 'unsupported' },
    { ok: true, value: 5n },
  ])
})

describe('answers that are none', () => {
  const good = answerOf([{ ok: true, data: toWord(5n) }])
  test.each([
    ['null', null],
    ['a number', 5],
    ['empty', '0x'],
    ['cut off', good.slice(0, -64)],
    [
      'for two reads',
      answerOf([
        { ok: true, data: '0x' },
        { ok: true, data: '0x' },
      ]),
    ],
    ['for none', answerOf([])],
    [
      'with a flag of 2',
      good.replace(
        `${toWord(1n).slice(2)}${toWord(64n).slice(2)}`,
        `${toWord(2n).slice(2)}${toWord(64n).slice(2)}`,
      ),
    ],
    ['pointing outside', good.replace(toWord(64n).slice(2), toWord(2n ** 255n).slice(2))],
  ])('%s: refused', async (_, answer) => {
    await expect(read(answer, readOf(0))).rejects.toMatchObject({ code: 'CHAIN_ANSWER_INVALID' })
  })

  test('damage anywhere gives an error or other values, never a crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 3), fc.constantFrom(...'0123456789abcdef'), async (at, digit) => {
        const damaged = good.slice(0, at + 2) + digit + good.slice(at + 3)
        const outcome = await read(damaged, readOf(0)).catch((error: unknown) => error)
        expect(outcome instanceof Map || (outcome as BaseError).code === 'CHAIN_ANSWER_INVALID').toBe(true)
      }),
    )
  })
})

test.each([
  ['pruned', 'missing trie node 5d7e (path ) state 0x5d7e is not available, not found'],
  ['pruned', 'historical state 0x5d7e is not available'],
  ['pruned', 'BlockOutOfRangeError: block height is 900 but requested was 4'],
  ['pruned', 'state at block #5 is pruned'],
  ['pruned', 'World state unavailable'],
  ['pruned', 'No state available for block 0x12'],
  ['pruned', 'project ID does not have access to archive state'],
  ['orphaned', 'header not found'],
  ['orphaned', 'Resource not found'],
  ['orphaned', 'block not found: hash 0x12'],
  ['orphaned', 'unknown block'],
])('all reads are %s when the node says "%s"', async (reason, message) => {
  const values = await readValues(batchReads(reads(2)), async () => {
    throw nodeError(message)
  })
  expect([...values.values()]).toEqual(Array(2).fill({ ok: false, reason }))
})

test.each([
  nodeError('rate limit exceeded'),
  nodeError('Method not found', -32601),
  new BaseError('CHAIN_RPC_TIMEOUT', 'pruned while waiting'),
  nodeError('execution reverted', 3),
])('any other failure is no value: $message', async (error) => {
  const failing = readValues(batchReads([readOf(0)]), async () => {
    throw error
  })
  await expect(failing).rejects.toBe(error)
})

test('what is too much for one call is read in halves', async () => {
  let calls = 0
  const values = await readValues(batchReads(reads(50)), async (data) => {
    calls++
    const asked = readsIn(data)
    if (asked.length > 8) throw nodeError('execution reverted', 3)
    return answerOf(asked.map(({ target }) => ({ ok: true, data: toWord(BigInt(target)) })))
  })
  expect(values.size).toBe(50)
  expect([...values.values()].map((value) => value.ok && value.value)).toEqual(
    reads(50).map((_, i) => BigInt(i)),
  )
  expect(calls).toBe(15)
})
