import { type Action, actionDigest, type Heartbeat, heartbeatDigest } from '@breakwater/kernel'

const ACTION: Action = {
  chainId: 31337n,
  breaker: '0x00000000000000000000000000000000000b4ea1',
  target: '0x5b73c5498c1e3b4dba84de0f1833c4a029d90519',
  level: 3,
  data: '0x5f3d8c1a0000000000000000000000000000000000000000000000000000000000000e10',
  durationSeconds: 3600,
  incidentId: '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925',
  specHash: '0x3f6a1f2f52f4e4d0e0f0a7a4a97e8f5b6a7d1c2b3e4f5a6978695a4b3c2d1e0f',
  epoch: 2n ** 64n - 1n,
  anchorNumber: 2n ** 32n,
  anchorHash: '0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563',
  deadlineSeconds: 1_760_000_060n,
}

/** What guardians sign to have a breaker act. */
export function actionVectors() {
  const { level, durationSeconds } = ACTION
  const action = { ...ACTION, level: `${level}`, durationSeconds: `${durationSeconds}` }
  return { action, digest: actionDigest(ACTION) }
}

const HEARTBEAT: Heartbeat = {
  chainId: ACTION.chainId,
  breaker: ACTION.breaker,
  epoch: 2n ** 64n - 1n,
  anchorNumber: 2n ** 32n,
  anchorHash: ACTION.anchorHash,
  anchorSeconds: 1_760_000_000n,
}

/** What guardians sign to show a breaker that they see the chain. */
export function heartbeatVectors() {
  return { heartbeat: HEARTBEAT, digest: heartbeatDigest(HEARTBEAT) }
}
