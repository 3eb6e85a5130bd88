/**
 * The parts of common interfaces that a specification reads: state and events. ERC-20, ERC-4626, OpenZeppelin's
 * Ownable and Pausable, Chainlink's AggregatorV3Interface.
 * @module
 */

const ERC20 = [
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Approval(address indexed owner, address indexed spender, uint256 value)',
]

export const BUILTIN_ABIS: ReadonlyMap<string, readonly string[]> = new Map([
  ['erc20', ERC20],
  [
    'erc4626',
    [
      ...ERC20,
      'function asset() view returns (address)',
      'function totalAssets() view returns (uint256)',
      'function convertToShares(uint256 assets) view returns (uint256)',
      'function convertToAssets(uint256 shares) view returns (uint256)',
      'function maxDeposit(address receiver) view returns (uint256)',
      'function maxMint(address receiver) view returns (uint256)',
      'function maxWithdraw(address owner) view returns (uint256)',
      'function maxRedeem(address owner) view returns (uint256)',
      'function previewDeposit(uint256 assets) view returns (uint256)',
      'function previewMint(uint256 shares) view returns (uint256)',
      'function previewWithdraw(uint256 assets) view returns (uint256)',
      'function previewRedeem(uint256 shares) view returns (uint256)',
      'event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)',
      'event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares)',
    ],
  ],
  [
    'ownable',
    [
      'function owner() view returns (address)',
      'event OwnershipTransferred(address indexed previousOwner, address indexed newOwner)',
    ],
  ],
  [
    'pausable',
    [
      'function paused() view returns (bool)',
      'event Paused(address account)',
      'event Unpaused(address account)',
    ],
  ],
  [
    'aggregatorV3',
    [
      'function decimals() view returns (uint8)',
      'function description() view returns (string)',
      'function version() view returns (uint256)',
      'function getRoundData(uint80 roundId) view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)',
      'function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)',
      'event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)',
    ],
  ],
])
