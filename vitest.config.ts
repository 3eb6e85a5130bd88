import { defineConfig } from 'vitest/config'

/** Groups run one after the other; what depends on real time has the machine for itself. */
const project = (name: string, order: number, timeoutMs: number, include: string[], alone = false) => ({
  test: {
    name,
    include,
    exclude:
      name === 'unit' ? ['**/*.{integration,sim,e2e}.test.ts', '**/node_modules/**'] : ['**/node_modules/**'],
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    retry: 0,
    sequence: { groupOrder: order },
    ...(alone ? { maxWorkers: 1 } : {}),
  },
})

const tests = (suffix: string) => [`packages/*/{src,test}/**/*${suffix}.test.ts`]

export default defineConfig({
  test: {
    projects: [
      project('unit', 0, 20_000, [...tests(''), 'scripts/*.test.ts']),
      project('sim', 1, 300_000, tests('.sim')),
      project('integration', 2, 120_000, tests('.integration')),
      project('e2e', 3, 300_000, tests('.e2e'), true),
    ],
  },
})
