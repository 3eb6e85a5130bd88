/** What the documentation shows is what is there: excerpts of code, and links. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const EXAMPLES = 'contracts/examples'
/** Stands in an excerpt for lines that are left out. */
const GAP = /^\s*\/\/ …$/

const pages = ['.', 'docs'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
)
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface Excerpt {
  /** Of the repository: the last file that is linked in the line before the code; `null` without one. */
  readonly source: string | null
  readonly code: string
}

/** The Solidity that a page shows, and where it says that it is from. */
function excerptsOf(page: string, text: string): Excerpt[] {
  return [...text.matchAll(/^(.*)\n+```solidity\n([\s\S]*?)^```/gm)].map(([, line = '', code = '']) => {
    const link = [...line.matchAll(/\]\(([^)#]+\.sol)\)/g)].at(-1)?.[1]
    const source = link === undefined ? null : relative(root, join(root, dirname(page), link))
    return { source: source?.replaceAll('\\', '/') ?? null, code }
  })
}

/** Lines without the indentation that all of them share. */
function dedented(lines: readonly string[]): string {
  const depths = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/))
  const depth = Math.min(...depths)
  return lines.map((line) => line.slice(depth).trimEnd()).join('\n')
}

/** Parts of an excerpt, between its gaps, that do not follow each other in the source. */
function strayParts(code: string, source: string): string[] {
  const parts: string[][] = [[]]
  for (const line of code.trimEnd().split('\n')) {
    if (GAP.test(line)) parts.push([])
    else parts.at(-1)?.push(line)
  }
  const lines = source.split('\n')
  let from = 0
  return parts.flatMap((part) => {
    while (part.at(0)?.trim() === '') part.shift()
    while (part.at(-1)?.trim() === '') part.pop()
    if (part.length === 0) return []
    const wanted = dedented(part)
    for (let at = from; at + part.length <= lines.length; at++) {
      if (dedented(lines.slice(at, at + part.length)) !== wanted) continue
      from = at + part.length
      return []
    }
    return [wanted]
  })
}

describe('excerpts', () => {
  const excerpts = pages.flatMap((page) =>
    excerptsOf(page, read(page)).map((excerpt) => ({ page, ...excerpt })),
  )

  it('say which file they are from', () => {
    expect(excerpts.filter(({ source }) => source === null)).toEqual([])
  })

  it('are what stands in that file', () => {
    const stray = excerpts.flatMap(({ page, source, code }) =>
      source === null ? [] : strayParts(code, read(source)).map((part) => `${page}, ${source}:\n${part}`),
    )
    expect(stray).toEqual([])
  })

  it('show each example, and each example is tested', () => {
    const examples = readdirSync(join(root, EXAMPLES))
    const shown = new Set(excerpts.map(({ source }) => source))
    const tests = readdirSync(join(root, 'contracts/test/examples')).map((file) =>
      read(`contracts/test/examples/${file}`),
    )
    expect(examples.filter((file) => !shown.has(`${EXAMPLES}/${file}`))).toEqual([])
    expect(examples.filter((file) => !tests.some((test) => test.includes(`/examples/${file}"`)))).toEqual([])
  })

  it('are found out when a line differs, is missing, or comes in another order', () => {
    const source = 'a {\n  b;\n  c;\n  d;\n}\n'
    expect(strayParts('b;\nc;\n', source)).toEqual([])
    expect(strayParts('b;\n// …\nd;\n', source)).toEqual([])
    expect(strayParts('b;\nd;\n', source)).toEqual(['b;\nd;'])
    expect(strayParts('d;\n// …\nb;\n', source)).toEqual(['b;'])
    expect(strayParts('b;\n  c;\n', source)).toEqual(['b;\n  c;'])
    expect(excerptsOf('docs/a.md', 'No link\n\n```solidity\nb;\n```\n')).toEqual([
      { source: null, code: 'b;\n' },
    ])
  })
})

describe('links', () => {
  /** As the headings of a page are called in links. */
  const anchorsOf = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    )

  it('lead to files and headings that are there', () => {
    const dead = pages.flatMap((page) =>
      [
        ...read(page)
          .replace(/^```[\s\S]*?^```/gm, '')
          .matchAll(/\]\(([^)\s]+)\)/g),
      ].flatMap(([, link = '']) => {
        if (/^[a-z]+:/.test(link)) return []
        const [path = '', anchor] = link.split('#')
        const to = path === '' ? page : join(dirname(page), path)
        const lives =
          existsSync(join(root, to)) && (anchor === undefined || anchorsOf(read(to)).includes(anchor))
        return lives ? [] : [`${page}: ${link}`]
      }),
    )
    expect(dead).toEqual([])
  })
})
