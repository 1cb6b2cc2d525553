import { cables } from './cables.js'
import { fullDisks, slowDisks } from './disks.js'
import { processes } from './processes.js'
import { quotas } from './quotas.js'
import type { Scene } from './scene.js'
import { time } from './time.js'
import { upgrades, upkeep } from './upkeep.js'
import { wires } from './wires.js'

export const scenes: readonly Scene[] = [processes, cables, wires, fullDisks, slowDisks, quotas, upkeep, upgrades, time]
