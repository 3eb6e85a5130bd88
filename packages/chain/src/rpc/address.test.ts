import { describe, expect, test } from 'vitest'
import { parseRpcUrl } from './address.ts'

const refused = (hint: string) =>
  expect.objectContaining({ code: 'CHAIN_RPC_URL', hint: expect.stringContaining(hint) })

test('a label is the host alone', () => {
  expect(parseRpcUrl('https://eth.example/v3/0123456789abcdef').label).toBe('eth.example')
  expect(parseRpcUrl('http://127.0.0.1:8545').label).toBe('127.0.0.1:8545')
  expect(parseRpcUrl('wss://user:password@node.example:444/ws?key=abcdefgh').label).toBe('node.example:444')
})

test('user and password of an HTTP URL become a header', () => {
  const address = parseRpcUrl('https://anna:s%40cret@eth.example/path')
  expect(address).toMatchObject({ url: 'https://eth.example/path', transport: 'http' })
  expect(address.authorization).toBe(`Basic ${Buffer.from('anna:s@cret').toString('base64')}`)
  expect(parseRpcUrl('https://eth.example').authorization).toBeNull()
})

test('what the URL keeps secret is taken out of texts', () => {
  const { redact } = parseRpcUrl('https://anna:pass-word@eth.example/v3/0123456789abcdef?apikey=qwertyuiop')
  const text = 'key 0123456789abcdef or qwertyuiop is unknown, pass-word is wrong, v3 is right'
  expect(redact(text)).toBe('key … or … is unknown, … is wrong, v3 is right')
})

describe('refuses', () => {
  test.each(['', 'localhost:8545x', 'eth.example', 'http://', '/path'])('"%s", which is no URL', (text) => {
    expect(() => parseRpcUrl(text)).toThrow(refused('https://'))
  })

  test.each(['ftp://eth.example', 'file:///geth.ipc', 'localhost:8545'])('%s, of another scheme', (text) => {
    expect(() => parseRpcUrl(text)).toThrow(refused('http://'))
  })

  test('HTTP where only a WebSocket will do', () => {
    expect(() => parseRpcUrl('https://eth.example', ['webSocket'])).toThrow(refused('ws://'))
  })

  test('without telling what it was given', () => {
    for (const text of ['https://eth exa/secret-key', 'ftp://eth.example/secret-key']) {
      expect(() => parseRpcUrl(text)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('secret') }),
      )
    }
  })
})
