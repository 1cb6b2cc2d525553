import { init } from './init.js'
import { leasesRelease, leasesStatus } from './leases.js'
import { members } from './members.js'
import { keyStatus, rotate } from './rotate.js'
import { seal } from './seal.js'
import { unseal } from './unseal.js'

export const operatorCommands = [init, unseal, seal, members, rotate, keyStatus, leasesStatus, leasesRelease]
