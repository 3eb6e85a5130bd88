import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { documentSchema } from './schema.ts'

const published = z.toJSONSchema(documentSchema, { io: 'input', target: 'draft-7' })

describe('the published JSON Schema', () => {
  it('is current (vitest run -u writes it)', async () => {
    await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot('../schema/v1.json')
  })

  it('describes every field, for editors', () => {
    const bare: string[] = []
    visit(published, '', (path, { description }) => {
      if (typeof description !== 'string' || description.length < 5) bare.push(path)
    })
    expect(bare).toEqual([])
  })

  it('allows no unknown field anywhere', () => {
    const open: string[] = []
    visit(published, '', (path, schema) => {
      const objects = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(
        ({ type }) => type === 'object',
      )
      for (const { additionalProperties } of objects) if (additionalProperties === undefined) open.push(path)
    })
    expect(open).toEqual([])
  })
})

interface Schema {
  type?: unknown
  description?: unknown
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  oneOf?: Schema[]
  anyOf?: Schema[]
}

/** Calls back for each field, whatever it is nested in. */
function visit(schema: unknown, path: string, each: (path: string, schema: Schema) => void): void {
  const { properties, additionalProperties, items, oneOf, anyOf } = schema as Schema
  for (const [name, field] of Object.entries(properties ?? {})) {
    each(`${path}.${name}`, field)
    visit(field, `${path}.${name}`, each)
  }
  const inner = [items, ...(oneOf ?? []), ...(anyOf ?? []), additionalProperties]
  for (const part of inner) if (typeof part === 'object') visit(part, path, each)
}
