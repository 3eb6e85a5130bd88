import { expect, it } from 'vitest'
import { benchLoop } from './loop.ts'

it('measures the whole loop', async () => {
  const stages: string[] = []
  const measures = await benchLoop({ incidents: 3, onProgress: (text) => stages.push(text) })
  expect(measures.map(({ name }) => name)).toEqual([
    'loop.certificate.p50',
    'loop.certificate.p99',
    'loop.blocksPerSecond',
    'loop.logsPerSecond',
    'loop.pauseGas',
    'loop.startSeconds',
    'loop.peakMiB',
  ])
  expect(measures.filter(({ value }) => !(value > 0))).toEqual([])
  expect(stages).toContain('3 of 3 certificates')
})
