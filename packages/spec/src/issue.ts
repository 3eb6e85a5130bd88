import { type Json, shorten, toJson } from '@breakwater/kernel'
import type { z } from 'zod'
import { didYouMean, suggest } from './nearest.ts'
import { type Path, pathText, type Report } from './problem.ts'

type Issue = z.core.$ZodIssue

/** Reports what a schema found in our own words: field, reason, value. */
export function reportIssue(issue: Issue, document: Json, report: Report): void {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  const field = pathText(path) || 'the file'
  if (issue.code === 'unrecognized_keys') {
    // The schemas put the fields that they know into this message (`mapping`).
    const known = issue.message.split(' ')
    for (const name of issue.keys) {
      const place = { path: [...path, name], key: true }
      const hint = /[^\w-]/.test(name)
        ? 'quote an expression that has a comma between { and }'
        : suggest(name, known)
      report(place, 'SPEC_FIELD', `${field} has no field "${name}"`, hint)
    }
    return
  }
  if (issue.code === 'invalid_key') {
    const reason = issue.issues[0]?.message ?? 'must be a name'
    report({ path, key: true }, 'SPEC_FIELD', `the name "${path.at(-1)}" ${reason}`)
    return
  }
  const value = valueAt(document, path)
  const choices = choicesOf(issue)
  const expected = choices === undefined ? expectation(issue) : `must be ${choices.join(' or ')}`
  if (value === undefined) report({ path }, 'SPEC_FIELD', `${field} is missing`, `it ${expected}`)
  else {
    const hint = typeof value === 'string' && choices !== undefined ? didYouMean(value, choices) : undefined
    report({ path }, 'SPEC_FIELD', `${field} ${expected}, not ${shorten(toJson(value), 60)}`, hint)
  }
}

function choicesOf(issue: Issue): readonly string[] | undefined {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  return issue.code === 'invalid_union' && 'options' in issue ? issue.options.map(String) : undefined
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of fields',
  record: 'a mapping of names',
}

function expectation(issue: Issue): string {
  if (issue.message.startsWith('must ')) return issue.message
  if (issue.code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? issue.expected}`
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return `is not allowed (${issue.message})`
  const [bound, limit] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum]
  if (issue.origin === 'string') return `must have ${bound} ${limit} characters`
  return issue.origin === 'array' ? `must have ${bound} ${limit} items` : `must be ${bound} ${limit}`
}

function valueAt(document: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((value, step) => {
    if (typeof value !== 'object' || value === null) return undefined
    return Object.entries(value).find(([name]) => name === String(step))?.[1]
  }, document)
}
