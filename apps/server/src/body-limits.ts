import { defaultLimits, type Limits } from '@chatelaine/doors'
import type { ListenerConfig } from './config/config.js'

/** A listener's settings about bodies as its door takes them. As in Vault 0 stands for the default, and less for no bound. */
export function bodyLimits({ maxRequestSize, bounds = {} }: ListenerConfig): Pick<Limits, 'bodyBytes' | 'openBodyBytes' | 'allBodiesBytes' | 'json'> {
  const { bodyBytes, openBodyBytes, allBodiesBytes, json } = defaultLimits
  return {
    bodyBytes: boundOf(maxRequestSize, bodyBytes),
    openBodyBytes: boundOf(bounds.unauthenticatedSize, openBodyBytes),
    allBodiesBytes: boundOf(bounds.totalSize, Math.max(allBodiesBytes, boundOf(maxRequestSize, bodyBytes))),
    json: {
      depth: boundOf(bounds.jsonDepth, json.depth),
      stringBytes: boundOf(bounds.jsonStringLength, json.stringBytes),
      objectEntries: boundOf(bounds.jsonObjectEntries, json.objectEntries),
      arrayElements: boundOf(bounds.jsonArrayElements, json.arrayElements),
      tokens: boundOf(bounds.jsonTokens, json.tokens),
    },
  }
}

const boundOf = (setting: number | undefined, usual: number): number => (!setting ? usual : setting < 0 ? Infinity : setting)
