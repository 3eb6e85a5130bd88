import { createHmac } from 'node:crypto'
import { BaseError, type Clock, messageOf } from '@breakwater/kernel'
import type { Channel } from './channel.ts'

export interface WebhookOptions {
  name: string
  url: string
  secret: string
  timeoutMs?: number
}

/** HMAC-SHA256 of payload ‖ timestamp, hexadecimal: what the receiver compares with `X-Signature`. */
export function webhookSignature(secret: string, payload: string, timestampMs: number): string {
  return createHmac('sha256', secret).update(`${payload}${timestampMs}`).digest('hex')
}

/**
 * A signed POST: `X-Signature` over payload and `X-Timestamp` (ms), as OpenZeppelin Monitor's receivers expect them,
 * and `Idempotency-Key`, because a message may come twice. Any 2xx answer takes the message.
 */
export function createWebhook(
  { name, url, secret, timeoutMs = 10_000 }: WebhookOptions,
  clock: Clock,
): Channel {
  return {
    name,
    async send({ key, body }, signal) {
      const timestampMs = clock.nowMs()
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-timestamp': String(timestampMs),
          'x-signature': webhookSignature(secret, body, timestampMs),
          'idempotency-key': key,
        },
        body,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      }).catch((cause) => {
        // Never the URL itself: it may be the secret.
        const reason = messageOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause)
        throw new BaseError(
          'NODE_WEBHOOK',
          `webhook ${name} cannot be reached: ${reason.replaceAll(url, '…')}`,
          {
            retry: 'later',
          },
        )
      })
      await response.body?.cancel()
      if (!response.ok) {
        throw new BaseError('NODE_WEBHOOK', `webhook ${name} answered ${response.status}`, { retry: 'later' })
      }
    },
  }
}
