import { describe, expect, it } from 'vitest'
import { createMetrics } from './metrics.ts'

describe('metrics', () => {
  it("have names in Prometheus' conventions, units last, and say what they count", async () => {
    const { registry } = createMetrics()
    const metrics = await registry.getMetricsAsJSON()
    expect(metrics.length).toBeGreaterThan(10)
    for (const { name, help, type } of metrics) {
      expect(name).toMatch(/^breakwater_[a-z]+(_[a-z]+)*$/)
      expect(help).toMatch(/^[A-Z1].*\.$/)
      const kind = String(type)
      expect(name.endsWith('_total')).toBe(kind === 'counter')
      if (kind === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/)
      expect(name).not.toMatch(/_(ms|millis|kb|mb|percent)$/)
    }
  })

  it('are apart for each guardian', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.blocks.inc()
    expect(await other.registry.metrics()).toContain('breakwater_blocks_total 0')
    expect(await one.registry.metrics()).toContain('breakwater_blocks_total 1')
  })
})
