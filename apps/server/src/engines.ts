import { kvV1, kvV2, telegramAuth } from '@chatelaine/builtin'
import type { Engine } from '@chatelaine/sdk'

/** The secrets engines this server has. The tests that try every declared path take them from here. */
export const engines: readonly Engine[] = [kvV1, kvV2]

/** The auth methods this server has. */
export const methods: readonly Engine[] = [telegramAuth]
