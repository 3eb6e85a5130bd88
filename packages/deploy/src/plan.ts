import { type Address, type Hex, ZERO_HASH } from '@breakwater/kernel'
import { type Abi, concatHex, encodeDeployData, encodeFunctionData, getContractAddress } from 'viem'

/**
 * The deterministic deployment proxy that most chains and development nodes have: it creates what it is sent, at an
 * address that follows from salt, code and arguments alone (EIP-1014).
 */
export const FACTORY: Address = '0x4e59b44847b379578588920ca78fbf26c0b4956c'

export interface Artifact {
  abi: Abi
  bytecode: Hex
}

/** A view function whose answer tells whether a step is done. */
export interface Condition {
  to: Address
  abi: Abi
  functionName: string
  args: readonly unknown[]
  holds(answer: unknown): boolean
}

/** One transaction, or nothing but a condition that must hold in the end. */
export interface Step {
  /** For people: `vault`, or `vault.setPerps`. */
  name: string
  /** `null`: nothing is sent. */
  transaction: { from: Address; to: Address; data: Hex } | null
  /** Done once there is code at this address: a contract is created; or once this holds. */
  until: Address | Condition
  /** Steps of a later stage build on what those of earlier ones left on the chain. */
  stage: number
}

export interface CallOptions {
  from: Address
  to: Address
  abi: Abi
  functionName: string
  args?: readonly unknown[]
  /** What the chain answers once it is done; on the same contract unless it says otherwise. */
  until: Pick<Condition, 'functionName' | 'holds'> & Partial<Condition>
}

/** A deployment, written down before anything is sent. All addresses are known from the beginning. */
export interface Plan {
  steps: readonly Step[]
  /** Every contract by name, in the order of creation. */
  contracts: ReadonlyMap<string, Address>
  /** Answers where the contract will be. */
  deploy(name: string, artifact: Artifact, args?: readonly unknown[]): Address
  call(options: CallOptions): void
  /** What must hold once everything is done. */
  check(name: string, condition: Condition): void
  /** What follows needs what came before to be on the chain. */
  stage(): void
}

/** @param deployer pays for what anybody could send. @param salt tells deployments of one chain apart. */
export function createPlan(deployer: Address, salt: Hex = ZERO_HASH): Plan {
  const steps: Step[] = []
  const contracts = new Map<string, Address>()
  let stage = 0
  return {
    steps,
    contracts,
    deploy(name, { abi, bytecode }, args = []) {
      const initCode = encodeDeployData({ abi, bytecode, args })
      const address = getContractAddress({
        ...{ opcode: 'CREATE2', from: FACTORY, salt, bytecode: initCode },
      }).toLowerCase() as Address
      contracts.set(name, address)
      steps.push({
        name,
        transaction: { from: deployer, to: FACTORY, data: concatHex([salt, initCode]) },
        until: address,
        stage,
      })
      return address
    },
    call({ from, to, abi, functionName, args = [], until }) {
      const [contract = to] = [...contracts].find(([, address]) => address === to) ?? []
      steps.push({
        ...{ name: `${contract}.${functionName}`, stage },
        transaction: { from, to, data: encodeFunctionData({ abi, functionName, args }) },
        until: { to, abi, args: [], ...until },
      })
    },
    check: (name, condition) => void steps.push({ name, transaction: null, until: condition, stage }),
    stage() {
      stage++
    },
  }
}
