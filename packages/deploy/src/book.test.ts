import type { Address } from '@breakwater/kernel'
import { expect, it } from 'vitest'
import { formatBook, parseBook } from './book.ts'

const A: Address = `0x${'a1'.repeat(20)}`
const B: Address = `0x${'b2'.repeat(20)}`

it('an address book is read as it was written, in its order', () => {
  const book = { chainId: 31337, contracts: { vault: B, breaker: A } }
  expect(parseBook(formatBook(book))).toEqual(book)
  expect(Object.keys(parseBook(formatBook(book)).contracts)).toEqual(['vault', 'breaker'])
})

it.each([
  ['nothing', '', /no address book/],
  ['half of one', formatBook({ chainId: 1, contracts: { vault: A } }).slice(0, 40), /JSON/],
  ['another version', '{"version":2,"chainId":1,"contracts":{}}', /version/],
  ['a chain without a number', '{"version":1,"chainId":"1","contracts":{}}', /chainId/],
  [
    'an address of 19 bytes',
    `{"version":1,"chainId":1,"contracts":{"vault":"${A.slice(0, -2)}"}}`,
    /contracts\.vault/,
  ],
  [
    'capital letters',
    `{"version":1,"chainId":1,"contracts":{"vault":"${A.toUpperCase()}"}}`,
    /contracts\.vault/,
  ],
  ['a name with a space', `{"version":1,"chainId":1,"contracts":{"the vault":"${A}"}}`, /contracts/],
  ['a field that nobody knows', '{"version":1,"chainId":1,"contracts":{},"extra":1}', /extra/],
])('%s is none', (_name, text, reason) => {
  expect(() => parseBook(text)).toThrow(reason)
})
