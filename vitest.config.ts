import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], timeoutMs: number) => ({
  test: { name, include, testTimeout: timeoutMs, hookTimeout: timeoutMs, retry: 0 },
})

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts', 'scripts/*.test.ts'],
          exclude: ['**/*.{integration,sim,e2e}.test.ts', '**/node_modules/**'],
          testTimeout: 20_000,
          retry: 0,
        },
      },
      project('sim', ['packages/*/{src,test}/**/*.sim.test.ts'], 300_000),
      project('integration', ['packages/*/{src,test}/**/*.integration.test.ts'], 120_000),
      project('e2e', ['packages/*/{src,test}/**/*.e2e.test.ts'], 900_000),
    ],
  },
})
