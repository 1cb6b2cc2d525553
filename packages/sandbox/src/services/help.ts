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

/** What clients ask before they ask anything: where they are, and what the limits are. */
export function helpMethods(world: World, address: () => Address): Methods {
  return {
    'help.getConfig': () => config(world.now(), address()),
    'help.getNearestDc': () => ({ _: 'nearestDc', country: 'XX', thisDc: DATA_CENTER, nearestDc: DATA_CENTER }),
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

function config(now: number, { host, port }: Address): tl.RawConfig {
  const dcOptions = ALL.map((id): tl.RawDcOption => ({ _: 'dcOption', id, ipAddress: host, port, static: true }))
  return {
    _: 'config',
    date: now,
    expires: now + 3600,
    testMode: false,
    thisDc: DATA_CENTER,
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
