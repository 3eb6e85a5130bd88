import { describe, expect, it } from 'vitest'
import { formatEndpoint, parseEndpoint } from './endpoint.ts'

describe('endpoints', () => {
  it.each([
    ['guardian.example.org:7411', 'guardian.example.org', 7411],
    ['10.0.0.7:1', '10.0.0.7', 1],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535],
  ])('%s', (text, host, port) => {
    expect(parseEndpoint(text)).toEqual({ host, port })
    expect(formatEndpoint({ host, port })).toBe(text)
  })

  it.each([
    '',
    'host',
    'host:',
    ':7411',
    'host:0',
    'host:65536',
    '2001:db8::1:7411',
    'tcp://host:7411',
    'a b:7411',
  ])('"%s" is refused', (text) => {
    expect(() => parseEndpoint(text)).toThrow(expect.objectContaining({ code: 'NODE_ENDPOINT' }))
  })
})
