import type { tl } from '@mtcute/core'
import type { Methods } from '../rpc/methods.js'
import type { World } from './world.js'

/** The one data centre there is, under every number a client may have heard of. */
export interface Address {
  readonly host: string
  readonly port: number
}

export const DATA_CENTER = 2
const ALL = [1, 2, 3, 4, 5]
const TEST_DCS = 10_000

/** What clients ask before they ask anything: where they are, and what the limits are. */
export function helpMethods(world: World, address: () => Address): Methods {
  return {
    'help.getConfig': ({ session }) => config(world.now(), address(), session.key.dc),
    'help.getNearestDc': ({ session }) => {
      const { thisDc } = placeOf(session.key.dc)
      return { _: 'nearestDc', country: 'XX', thisDc, nearestDc: thisDc }
    },
    'help.getAppConfig': () => ({ _: 'help.appConfig', hash: 1, config: { _: 'jsonObject', value: [] } }),
    'help.getCdnConfig': () => ({ _: 'cdnConfig', publicKeys: [] }),

    'langpack.getLangPack': (_, { langCode }) => ({
      _: 'langPackDifference',
      langCode,
      fromVersion: 0,
      version: 1,
      strings: [],
    }),
  }
}

/**
 * Where a client believes it is. Clients add 10000 to the number of a test data center and negate that of one for media
 * (https://core.telegram.org/mtproto/auth_key#4-encrypted-data-payload-generation). One that is told another number goes there,
 * and asks again for ever, because there it is told so too.
 */
function placeOf(dc = DATA_CENTER): { readonly thisDc: number; readonly testMode: boolean } {
  const [number, testMode] = [Math.abs(dc) % TEST_DCS, Math.abs(dc) >= TEST_DCS]
  return { thisDc: ALL.includes(number) ? number : DATA_CENTER, testMode }
}

function config(now: number, { host, port }: Address, dc: number | undefined): tl.RawConfig {
  const dcOptions = ALL.map((id): tl.RawDcOption => ({ _: 'dcOption', id, ipAddress: host, port, static: true }))
  return {
    _: 'config',
    date: now,
    expires: now + 3600,
    ...placeOf(dc),
    dcOptions,
    dcTxtDomainName: '',
    ...limits,
    meUrlPrefix: 'https://t.me/',
    webfileDcId: DATA_CENTER,
  }
}

/** Telegram's own figures. */
const limits = {
  chatSizeMax: 200,
  megagroupSizeMax: 200_000,
  forwardedCountMax: 100,
  onlineUpdatePeriodMs: 210_000,
  offlineBlurTimeoutMs: 5_000,
  offlineIdleTimeoutMs: 30_000,
  onlineCloudTimeoutMs: 300_000,
  notifyCloudDelayMs: 30_000,
  notifyDefaultDelayMs: 1_500,
  pushChatPeriodMs: 60_000,
  pushChatLimit: 2,
  editTimeLimit: 172_800,
  revokeTimeLimit: 2_147_483_647,
  revokePmTimeLimit: 2_147_483_647,
  ratingEDecay: 2_419_200,
  stickersRecentLimit: 200,
  channelsReadMediaPeriod: 604_800,
  callReceiveTimeoutMs: 20_000,
  callRingTimeoutMs: 90_000,
  callConnectTimeoutMs: 30_000,
  callPacketTimeoutMs: 10_000,
  captionLengthMax: 1_024,
  messageLengthMax: 4_096,
} as const
