import { booksBroken } from './drill/booksBroken.ts'
import { brakeAsWeapon } from './drill/brakeAsWeapon.ts'
import { crashDay, whaleDay } from './drill/controls.ts'
import type { Drill } from './drill/drill.ts'
import { feedHijack } from './drill/feedHijack.ts'
import { governanceTakeover } from './drill/governanceTakeover.ts'
import { guardiansDead } from './drill/guardiansDead.ts'
import { providerLies } from './drill/providerLies.ts'
import { stolenAdminKey } from './drill/stolenAdminKey.ts'
import { thinOptionsExpiry } from './drill/thinOptionsExpiry.ts'
import { vaultDrain } from './drill/vaultDrain.ts'

/** All drills: attacks first, then what must not be blocked. */
export const DRILLS: readonly Drill[] = [
  feedHijack,
  vaultDrain,
  booksBroken,
  guardiansDead,
  stolenAdminKey,
  brakeAsWeapon,
  thinOptionsExpiry,
  governanceTakeover,
  crashDay,
  whaleDay,
  providerLies,
]
