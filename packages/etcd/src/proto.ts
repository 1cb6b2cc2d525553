/**
 * What is used of etcd's API (api/etcdserverpb/rpc.proto, 3.4 to 3.6). Fields nobody here reads are left out, which costs nothing on
 * the wire: a reader passes over what it does not know. Keys are `bytes` there and `string` here, for all of ours are UTF-8.
 */
export const proto = `
syntax = "proto3";

message Header { uint64 cluster_id = 1; uint64 member_id = 2; int64 revision = 3; uint64 raft_term = 4; }
message KeyValue { string key = 1; int64 mod_revision = 3; bytes value = 5; int64 lease = 6; }

message RangeRequest {
  string key = 1; string range_end = 2; int64 limit = 3; int64 revision = 4;
  bool serializable = 7; bool keys_only = 8; bool count_only = 9;
}
message RangeResponse { Header header = 1; repeated KeyValue kvs = 2; bool more = 3; int64 count = 4; }
message PutRequest { string key = 1; bytes value = 2; int64 lease = 3; }
message PutResponse { Header header = 1; }
message DeleteRangeRequest { string key = 1; string range_end = 2; }
message DeleteRangeResponse { Header header = 1; int64 deleted = 2; }
message Compare {
  enum Result { EQUAL = 0; GREATER = 1; LESS = 2; NOT_EQUAL = 3; }
  enum Target { VERSION = 0; CREATE = 1; MOD = 2; VALUE = 3; LEASE = 4; }
  Result result = 1; Target target = 2; string key = 3; oneof target_union { int64 mod_revision = 6; }
}
message RequestOp {
  oneof request {
    RangeRequest request_range = 1; PutRequest request_put = 2;
    DeleteRangeRequest request_delete_range = 3; TxnRequest request_txn = 4;
  }
}
message ResponseOp {
  oneof response {
    RangeResponse response_range = 1; PutResponse response_put = 2;
    DeleteRangeResponse response_delete_range = 3; TxnResponse response_txn = 4;
  }
}
message TxnRequest { repeated Compare compare = 1; repeated RequestOp success = 2; repeated RequestOp failure = 3; }
message TxnResponse { Header header = 1; bool succeeded = 2; repeated ResponseOp responses = 3; }
message CompactionRequest { int64 revision = 1; bool physical = 2; }
message CompactionResponse { Header header = 1; }

message WatchCreateRequest { string key = 1; string range_end = 2; int64 start_revision = 3; bool progress_notify = 4; bool fragment = 8; }
message WatchRequest { oneof request_union { WatchCreateRequest create_request = 1; } }
message Event { enum EventType { PUT = 0; DELETE = 1; } EventType type = 1; KeyValue kv = 2; }
message WatchResponse {
  Header header = 1; bool created = 3; bool canceled = 4; int64 compact_revision = 5; string cancel_reason = 6; bool fragment = 7;
  repeated Event events = 11;
}

message LeaseGrantRequest { int64 TTL = 1; int64 ID = 2; }
message LeaseGrantResponse { Header header = 1; int64 ID = 2; int64 TTL = 3; string error = 4; }
message LeaseRevokeRequest { int64 ID = 1; }
message LeaseRevokeResponse { Header header = 1; }
message LeaseKeepAliveRequest { int64 ID = 1; }
message LeaseKeepAliveResponse { Header header = 1; int64 ID = 2; int64 TTL = 3; }

message Member { uint64 ID = 1; string name = 2; repeated string peerURLs = 3; repeated string clientURLs = 4; bool isLearner = 5; }
message MemberListRequest {}
message MemberListResponse { Header header = 1; repeated Member members = 2; }

message StatusRequest {}
message StatusResponse {
  Header header = 1; string version = 2; int64 dbSize = 3; uint64 leader = 4; uint64 raftIndex = 5; uint64 raftTerm = 6;
  uint64 raftAppliedIndex = 7; repeated string errors = 8; int64 dbSizeInUse = 9; bool isLearner = 10;
}
enum AlarmType { NONE = 0; NOSPACE = 1; CORRUPT = 2; }
message AlarmMember { uint64 memberID = 1; AlarmType alarm = 2; }
message AlarmRequest { enum AlarmAction { GET = 0; ACTIVATE = 1; DEACTIVATE = 2; } AlarmAction action = 1; uint64 memberID = 2; AlarmType alarm = 3; }
message AlarmResponse { Header header = 1; repeated AlarmMember alarms = 2; }
message DefragmentRequest {}
message DefragmentResponse { Header header = 1; }
message MoveLeaderRequest { uint64 targetID = 1; }
message MoveLeaderResponse { Header header = 1; }

message AuthenticateRequest { string name = 1; string password = 2; }
message AuthenticateResponse { Header header = 1; string token = 2; }
message AuthStatusRequest {}
message AuthStatusResponse { Header header = 1; bool enabled = 2; }
message AuthEnableRequest {}
message AuthEnableResponse { Header header = 1; }
message AuthDisableRequest {}
message AuthDisableResponse { Header header = 1; }
message UserAddOptions { bool no_password = 1; }
message AuthUserAddRequest { string name = 1; string password = 2; UserAddOptions options = 3; }
message AuthUserAddResponse { Header header = 1; }
message AuthUserGetRequest { string name = 1; }
message AuthUserGetResponse { Header header = 1; repeated string roles = 2; }
message AuthUserListRequest {}
message AuthUserListResponse { Header header = 1; repeated string users = 2; }
message AuthUserGrantRoleRequest { string user = 1; string role = 2; }
message AuthUserGrantRoleResponse { Header header = 1; }
message AuthUserRevokeRoleRequest { string name = 1; string role = 2; }
message AuthUserRevokeRoleResponse { Header header = 1; }
message AuthRoleAddRequest { string name = 1; }
message AuthRoleAddResponse { Header header = 1; }
message AuthRoleGetRequest { string role = 1; }
message Permission { enum Type { READ = 0; WRITE = 1; READWRITE = 2; } Type permType = 1; string key = 2; string range_end = 3; }
message AuthRoleGetResponse { Header header = 1; repeated Permission perm = 2; }
message AuthRoleListRequest {}
message AuthRoleListResponse { Header header = 1; repeated string roles = 2; }
message AuthRoleGrantPermissionRequest { string name = 1; Permission perm = 2; }
message AuthRoleGrantPermissionResponse { Header header = 1; }
message AuthRoleRevokePermissionRequest { string role = 1; string key = 2; string range_end = 3; }
message AuthRoleRevokePermissionResponse { Header header = 1; }
`
