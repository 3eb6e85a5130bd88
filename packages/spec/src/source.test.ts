import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeOf } from '../test/sample.ts'
import { readSource } from './source.ts'

const problemsOf = (text: string) =>
  readSource(text).problems.map(({ message, line, column }) => `${line}:${column} ${message}`)

describe('readSource', () => {
  it('reads YAML as JSON and rounds no number', () => {
    const { value } = readSource(
      'a: 1\nb: 0.10\nc: 123456789012345678901234567890\nd: 0xff\ne: -5\nf: yes\ng: true\nh:\ni: [1e3, "5"]',
    )
    expect(value).toEqual({
      a: 1,
      b: '0.10',
      c: '123456789012345678901234567890',
      d: '0xff',
      e: -5,
      f: 'yes',
      g: true,
      h: null,
      i: ['1e3', '5'],
    })
  })

  it.each([
    ['plain', 'x:\n  key: abc def ghi\n'],
    ['quoted', 'x:\n  key: "abc def ghi"\n'],
    ['single-quoted', "x:\n  key: 'abc def ghi'\n"],
    ['escaped', 'x:\n  key: "abc\\x20def\\tghi"\n'],
    ['in a flow', 'x: { other: 1, key: abc def ghi }'],
    ['folded', 'x:\n  key: >-\n    abc\n    def\n    ghi\n'],
    ['literal', 'x:\n  key: |\n    abc\n      def\n\n    ghi\n'],
    ['over two lines', 'x:\n  key: abc\n    def\n\n    ghi\n'],
    ['with a carriage return', 'x:\r\n  key: >\r\n    abc def\r\n    ghi\r\n'],
    ['after a byte order mark', '\uFEFFx:\n  key: abc def ghi\n'],
  ])('finds a character of a text: %s', (_name, text) => {
    const source = readSource(text)
    const { key } = (source.value as { x: { key: string } }).x
    for (const part of ['abc', 'def', 'ghi']) {
      const offset = key.indexOf(part)
      expect(source.locate({ path: ['x', 'key'], offset })).toEqual(placeOf(text, part))
      expect(source.locate({ path: ['x', 'key'], offset: offset + 2 })).toEqual(placeOf(text, part, 2))
    }
  })

  it('finds fields, keys, list items, and the place of what is missing', () => {
    const text = 'a:\n  b: [x, { c: y }]\n  d:\n'
    const { locate } = readSource(text)
    expect(locate({ path: ['a', 'b', 0] })).toEqual(placeOf(text, 'x'))
    expect(locate({ path: ['a', 'b', 1, 'c'] })).toEqual(placeOf(text, 'y'))
    expect(locate({ path: ['a', 'b', 1, 'c'], key: true })).toEqual(placeOf(text, 'c:'))
    expect(locate({ path: ['a', 'b', 1, 'nothing'] })).toEqual(placeOf(text, '{ c'))
    expect(locate({ path: ['a', 'nothing'] })).toEqual(placeOf(text, 'a:'))
    expect(locate({ path: ['a', 'd'] })).toEqual(placeOf(text, 'd:'))
    expect(locate({ path: [] })).toEqual({ line: 1, column: 1 })
  })

  it.each([
    ['', '1:1 the file is empty'],
    ['# nothing\n', '1:1 the file is empty'],
    ['a: 1\nb: 2\na: 3', '3:1 the key "a" stands here twice'],
    ['{ 1: a, "1": b }', '1:9 the key "1" stands here twice'],
    ['a: !paused', '1:11 the tag !paused is not supported'],
    ['a: !paused x', '1:12 the tag !paused is not supported'],
    ['a: &x 1\nb: *x', '2:4 the alias *x is not supported'],
    ['a: *x', '1:4 the alias *x is not supported'],
    ['a: x ? 1 : 2', '1:4 this line has two keys'],
    ['a: @x', '1:4 a text cannot begin with this character'],
    ['\ta: 1', '1:1 a tab cannot indent'],
    ['a: [1', '1:6 YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['a: 1\n---\nb: 2', '2:1 the file has a second document'],
    ['a: 1\u0000', '1:1 the file is not UTF-8 text: character 5 is not a character'],
    ['a: \uFFFD', '1:1 the file is not UTF-8 text: character 4 is not a character'],
    ['? [a]\n: b', '1:3 a key must be a word'],
    ['!x a: 1', '1:4 a key must be a word'],
    ['__proto__: 1', '1:1 unknown field "__proto__"'],
    ['a: !!binary aGk=', '1:13 the tag tag:yaml.org,2002:binary is not supported'],
  ])('refuses %j: %s', (text, problem) => {
    expect(problemsOf(text)).toContain(problem)
    expect(readSource(text).value).toBeUndefined()
  })

  it.each(['[', '{a: ', '- ', '? ', 'a: ', '[? ', '["a": '])('refuses to nest "%s" without end', (part) => {
    const { problems } = readSource(part.repeat(40_000))
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toBe('the file is nested too deeply')
  })

  it('refuses a file that is too large', () => {
    expect(problemsOf(`a: ${'x'.repeat(300_000)}`)).toEqual([
      '1:1 the file has 300003 characters, at most 262144 are allowed',
    ])
  })

  it('has a value or a problem for whatever text, and never throws', () => {
    const pieces = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '- ',
      '? ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '&x ',
      '*x',
      '!t ',
      '|',
      '>',
      '%',
      '#',
      '\t',
      '---\n',
      '0x1',
      '~',
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const { value, problems } = readSource(text)
        expect((value === undefined) === problems.length > 0).toBe(true)
        for (const { line, column } of problems) expect(line >= 1 && column >= 1).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
