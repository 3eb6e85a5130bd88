import type { Rpc } from '@breakwater/chain'
import { type Address, BaseError, type Hex, isHex } from '@breakwater/kernel'
import type { Signer } from '@breakwater/keys'
import { signTransaction } from '@breakwater/respond'
import { createPublicClient, createWalletClient, custom, BaseError as ViemError } from 'viem'
import { toAccount } from 'viem/accounts'
import type { DeployChain } from './run.ts'

/**
 * A chain behind a JSON-RPC provider, where one account sends and each transaction is mined before the next one.
 * @throws from `send`: DEPLOY_SENDER, DEPLOY_REFUSED, DEPLOY_REVERTED, and the errors of `Rpc`
 */
export async function openSendingChain(rpc: Rpc, signer: Signer): Promise<DeployChain> {
  const chainId = Number((await rpc.request('eth_chainId', [])) as Hex)
  const transport = custom(
    { request: ({ method, params = [] }) => rpc.request(method, params) },
    { retryCount: 0 },
  )
  const reader = createPublicClient({ transport })
  const sender = createWalletClient({ transport, account: accountOf(signer) })
  return {
    call: (to, data) => call(rpc, to, data),
    hasCode: async (address) => (await rpc.request('eth_getCode', [address, 'latest'])) !== '0x',
    async send({ from, to, data }) {
      if (from !== signer.address) throw wrongSender(from, signer.address)
      const hash = await sender
        .sendTransaction({ to, data, chain: null, type: 'eip1559' })
        .catch((error) => Promise.reject(refused(error)))
      const { status } = await reader.waitForTransactionReceipt({ hash })
      if (status !== 'success') throw new BaseError('DEPLOY_REVERTED', `transaction ${hash} reverted`)
    },
    settle: async () => {},
  }

  function accountOf({ address }: Signer) {
    const unsupported = async (): Promise<Hex> => {
      throw new BaseError('DEPLOY_SIGN', 'a deployment signs transactions only')
    }
    return toAccount({
      ...{ address, signMessage: unsupported, signTypedData: unsupported },
      signTransaction: async (transaction) =>
        signTransaction(
          { ...transaction, type: 'eip1559', chainId } as Parameters<typeof signTransaction>[0],
          signer,
        ),
    })
  }
}

/** Only a revert is an answer; that the node cannot be asked is an error. */
async function call(rpc: Rpc, to: Address, data: Hex): Promise<Hex | null> {
  try {
    const answer = await rpc.request('eth_call', [{ to, data }, 'latest'])
    if (isHex(answer)) return answer
    throw new BaseError('DEPLOY_RPC', `${rpc.label}: eth_call answered ${JSON.stringify(answer)}`)
  } catch (error) {
    const meta = error instanceof BaseError && error.code === 'CHAIN_RPC_ERROR' ? error.meta : null
    if (meta?.nodeData != null || /revert/i.test(String(meta?.nodeMessage))) return null
    throw error
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof ViemError)) return error
  const own = error.walk((cause) => cause instanceof BaseError)
  if (own instanceof BaseError && own.code !== 'CHAIN_RPC_ERROR') return own
  const reason = own instanceof BaseError ? String(own.meta.nodeMessage) : error.shortMessage
  return new BaseError('DEPLOY_REFUSED', reason, { cause: error })
}

function wrongSender(from: Address, self: Address): BaseError {
  return new BaseError('DEPLOY_SENDER', `${from} has to send this, not ${self}`, {
    meta: { from, self },
    hint: `run the command again with the keystore of ${from}: it goes on with this step`,
  })
}
