import { answering, engine, type Engine } from '@chatelaine/sdk'
import { sysAnswers } from './answers.js'
import { auditPaths } from './audit.js'
import { capabilityPaths } from './capabilities.js'
import type { SysContext } from './context.js'
import { heldLeasePaths } from './held-leases.js'
import { internalPaths } from './internal.js'
import { keyPaths } from './keys.js'
import { leaderPaths } from './leader.js'
import { leasePaths } from './leases.js'
import { metricsPaths } from './metrics.js'
import { mountPaths } from './mounts.js'
import { policyPaths } from './policies.js'
import { remountPaths } from './remount.js'
import { snapshotPaths } from './snapshot.js'
import { wrappingPaths } from './wrapping.js'

/** The mount `sys/`: what an operator does to the vault itself. What a sealed vault answers as well is in `status.ts`. */
export const sysEngine = (context: SysContext): Engine =>
  engine({
    type: 'system',
    help: 'The vault itself: mounts, policies, audit devices, keys.',
    paths: answering([
      ...mountPaths(context),
      ...policyPaths(context),
      ...capabilityPaths(context),
      ...auditPaths(context),
      ...keyPaths(context),
      ...wrappingPaths(context),
      ...internalPaths(context),
      ...remountPaths(context),
      ...leaderPaths(context),
      ...heldLeasePaths(context),
      ...leasePaths(context),
      ...metricsPaths(context),
      ...snapshotPaths(context),
    ], sysAnswers),
  })
