import { caretakerFrozen, followerFrozen, leaderFrozen, leaderKilled, serverKilled, twoKilled, watchedFollowerFrozen } from '../faults.js'
import { openStage } from '../stage.js'
import { scene } from './scene.js'

export const processes = scene({
  name: 'processes that are killed and frozen',
  open: openStage,
  faults: [serverKilled, caretakerFrozen, followerFrozen, watchedFollowerFrozen, leaderKilled, leaderFrozen, twoKilled],
})
