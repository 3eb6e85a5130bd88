export { formatAmount, formatDecimal, formatDuration, formatShare } from './format.ts'
export { createTimeline, type Evaluation, type Timeline } from './timeline.ts'
