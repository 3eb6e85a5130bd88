import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkSpec, PROBLEM_CODES } from '../src/index.ts'

const page = readFileSync(new URL('../../../docs/specification.md', import.meta.url), 'utf8')
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => text ?? '')
const examples = blocks('yaml').filter((text) => text.startsWith('version:'))
const expressions = blocks('breakwater').flatMap((text) =>
  text.split('\n').flatMap((line) => line.replace(/\s+#.*$/, '').trim() || []),
)

describe('docs/specification.md', () => {
  it('has examples that load', () => {
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) expect(checkSpec(example)).toEqual([])
  })

  it('has expressions that compile in its example', () => {
    expect(expressions.length).toBeGreaterThan(10)
    const [example = ''] = examples
    for (const expression of expressions) {
      const isCondition = /(==|>=) .*(and|\|\|)/.test(expression)
      const condition = isCondition ? expression : `(${expression}) >= 0 and not vault.paused()`
      const text = example.replace('usdc.balanceOf(perps) >= claims', JSON.stringify(condition))
      expect(text).not.toBe(example)
      expect(checkSpec(text), expression).toEqual([])
    }
  })

  it('explains every code', () => {
    expect(PROBLEM_CODES.filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([])
  })
})
