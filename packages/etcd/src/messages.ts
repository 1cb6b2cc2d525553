/** The messages as objects. Numbers that etcd counts beyond 2^32 come as `Int64`: `numberOf` makes a number of one. */
export interface Int64 {
  toNumber(): number
  toString(): string
}

/** Exact up to 2^53: at ten thousand revisions a second that is 28,000 years. */
export const numberOf = (value: Int64 | number | null | undefined): number =>
  value === null || value === undefined ? 0 : typeof value === 'number' ? value : value.toNumber()

export interface Header {
  readonly cluster_id: Int64
  readonly member_id: Int64
  readonly revision: Int64
  readonly raft_term: Int64
}

export interface KeyValue {
  readonly key: string
  readonly mod_revision: Int64
  readonly value: Uint8Array
  readonly lease: Int64
}

export interface RangeRequest {
  readonly key: string
  readonly range_end?: string
  readonly limit?: number
  readonly revision?: number
  readonly serializable?: boolean
  readonly keys_only?: boolean
  readonly count_only?: boolean
}

export interface RangeResponse {
  readonly header: Header
  readonly kvs: readonly KeyValue[]
  readonly more: boolean
  readonly count: Int64
}

export interface PutRequest {
  readonly key: string
  readonly value: Uint8Array
  readonly lease?: Int64
}

export interface Compare {
  /** That it is, unless 1 asks that it is greater, or 3 that it is not. */
  readonly result?: 1 | 3
  readonly target: 2
  readonly key: string
  readonly mod_revision: number
}

export type RequestOp =
  | { readonly request_range: RangeRequest }
  | { readonly request_put: PutRequest }
  | { readonly request_delete_range: { readonly key: string; readonly range_end?: string } }
  | { readonly request_txn: TxnRequest }

export interface TxnRequest {
  readonly compare?: readonly Compare[]
  readonly success?: readonly RequestOp[]
  readonly failure?: readonly RequestOp[]
}

export interface ResponseOp {
  readonly response_range?: RangeResponse | null
  readonly response_txn?: TxnResponse | null
}

export interface TxnResponse {
  readonly header: Header
  readonly succeeded: boolean
  readonly responses: readonly ResponseOp[]
}

export interface WatchEvent {
  /** 0 put, 1 delete. */
  readonly type: 0 | 1
  readonly kv: KeyValue
}

export interface WatchResponse {
  readonly header: Header
  readonly created: boolean
  readonly canceled: boolean
  readonly compact_revision: Int64
  readonly cancel_reason: string
  /** More of the same follows: what is large comes in several, and a revision may be cut in two. */
  readonly fragment: boolean
  readonly events: readonly WatchEvent[]
}

export interface StatusResponse {
  readonly header: Header
  readonly version: string
  readonly dbSize: Int64
  readonly dbSizeInUse: Int64
  readonly leader: Int64
  readonly raftIndex: Int64
  readonly raftTerm: Int64
  readonly raftAppliedIndex: Int64
  readonly errors: readonly string[]
  readonly isLearner: boolean
}

export interface MemberInfo {
  readonly ID: Int64
  readonly name: string
  readonly peerURLs: readonly string[]
  readonly clientURLs: readonly string[]
  readonly isLearner: boolean
}

export interface Permission {
  /** 0 read, 1 write, 2 both. */
  readonly permType: 0 | 1 | 2
  readonly key: string
  readonly range_end: string
}

type Nothing = Readonly<Record<string, never>>
export interface Answered {
  readonly header: Header
}

/** Every call by its name in etcd: what is sent and what comes back. */
export interface Calls {
  readonly 'KV/Range': readonly [RangeRequest, RangeResponse]
  readonly 'KV/Put': readonly [PutRequest, Answered]
  readonly 'KV/DeleteRange': readonly [{ readonly key: string; readonly range_end?: string }, Answered & { readonly deleted: Int64 }]
  readonly 'KV/Txn': readonly [TxnRequest, TxnResponse]
  readonly 'KV/Compact': readonly [{ readonly revision: number; readonly physical?: boolean }, Answered]
  readonly 'Lease/LeaseGrant': readonly [{ readonly TTL: number }, Answered & { readonly ID: Int64; readonly TTL: Int64 }]
  readonly 'Lease/LeaseRevoke': readonly [{ readonly ID: Int64 }, Answered]
  readonly 'Cluster/MemberList': readonly [Nothing, Answered & { readonly members: readonly MemberInfo[] }]
  readonly 'Maintenance/Status': readonly [Nothing, StatusResponse]
  readonly 'Maintenance/Alarm': readonly [
    { readonly action: 0 | 1 | 2; readonly memberID?: Int64; readonly alarm?: 0 | 1 | 2 },
    Answered & { readonly alarms: readonly { readonly memberID: Int64; readonly alarm: 0 | 1 | 2 }[] },
  ]
  readonly 'Maintenance/Defragment': readonly [Nothing, Answered]
  readonly 'Maintenance/MoveLeader': readonly [{ readonly targetID: Int64 }, Answered]
  readonly 'Auth/Authenticate': readonly [{ readonly name: string; readonly password: string }, Answered & { readonly token: string }]
  readonly 'Auth/AuthStatus': readonly [Nothing, Answered & { readonly enabled: boolean }]
  readonly 'Auth/AuthEnable': readonly [Nothing, Answered]
  readonly 'Auth/AuthDisable': readonly [Nothing, Answered]
  readonly 'Auth/UserAdd': readonly [{ readonly name: string; readonly password?: string; readonly options?: { readonly no_password: boolean } }, Answered]
  readonly 'Auth/UserGet': readonly [{ readonly name: string }, Answered & { readonly roles: readonly string[] }]
  readonly 'Auth/UserList': readonly [Nothing, Answered & { readonly users: readonly string[] }]
  readonly 'Auth/UserGrantRole': readonly [{ readonly user: string; readonly role: string }, Answered]
  readonly 'Auth/UserRevokeRole': readonly [{ readonly name: string; readonly role: string }, Answered]
  readonly 'Auth/RoleAdd': readonly [{ readonly name: string }, Answered]
  readonly 'Auth/RoleGet': readonly [{ readonly role: string }, Answered & { readonly perm: readonly Permission[] }]
  readonly 'Auth/RoleList': readonly [Nothing, Answered & { readonly roles: readonly string[] }]
  readonly 'Auth/RoleGrantPermission': readonly [{ readonly name: string; readonly perm: Permission }, Answered]
  readonly 'Auth/RoleRevokePermission': readonly [{ readonly role: string; readonly key: string; readonly range_end: string }, Answered]
}

export type CallName = keyof Calls

/** Every stream that is used, likewise. */
export interface Streams {
  readonly 'Watch/Watch': readonly [
    { readonly create_request: { readonly key: string; readonly range_end: string; readonly start_revision: number; readonly fragment: boolean } },
    WatchResponse,
  ]
  readonly 'Lease/LeaseKeepAlive': readonly [{ readonly ID: Int64 }, Answered & { readonly ID: Int64; readonly TTL: Int64 }]
}

export type StreamName = keyof Streams
