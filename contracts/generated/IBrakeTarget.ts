// Generated from contracts/src/breaker/IBrakeTarget.sol by scripts/contracts.ts. Do not edit.

export const iBrakeTargetAbi = [
  {"type":"function","name":"areWithdrawalsDelayed","inputs":[],"outputs":[{"name":"","type":"bool"}],"stateMutability":"view"},
  {"type":"function","name":"delayWithdrawalsFor","inputs":[{"name":"durationSeconds","type":"uint256"}],"outputs":[],"stateMutability":"nonpayable"},
  {"type":"function","name":"isPaused","inputs":[],"outputs":[{"name":"","type":"bool"}],"stateMutability":"view"},
  {"type":"function","name":"isReduceOnly","inputs":[],"outputs":[{"name":"","type":"bool"}],"stateMutability":"view"},
  {"type":"function","name":"lift","inputs":[],"outputs":[],"stateMutability":"nonpayable"},
  {"type":"function","name":"pauseFor","inputs":[{"name":"durationSeconds","type":"uint256"}],"outputs":[],"stateMutability":"nonpayable"},
  {"type":"function","name":"reduceOnlyFor","inputs":[{"name":"durationSeconds","type":"uint256"}],"outputs":[],"stateMutability":"nonpayable"},
] as const
