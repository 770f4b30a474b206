// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import CNATS

/// Values by names, beside the stream: what all nodes agree on, and the latest snapshot.
final class BusBucket: @unchecked Sendable {
    private let store: OpaquePointer

    /// Opens the bucket of that name, and makes it if there is none.
    init(_ context: OpaquePointer, _ name: String, replicas: Int) throws(BusFault) {
        var store: OpaquePointer?
        var outcome = js_KeyValue(&store, context, name)
        if outcome == NATS_NOT_FOUND {
            var configuration = kvConfig()
            kvConfig_Init(&configuration)
            configuration.History = 1
            configuration.StorageType = js_FileStorage
            configuration.Replicas = Int32(replicas)
            outcome = name.withCString { name in
                configuration.Bucket = name
                return js_CreateKeyValue(&store, context, &configuration)
            }
        }
        guard outcome == NATS_OK, let store else { throw BusFault(outcome) }
        self.store = store
    }

    deinit { kvStore_Destroy(store) }

    /// The value of that name; nil if there is none.
    func value(of key: String) throws(BusFault) -> [UInt8]? { try entry(of: key)?.value }

    /// The value of that name, and which one of all that were put down; nil if there is none.
    func entry(of key: String) throws(BusFault) -> (value: [UInt8], revision: UInt64)? {
        var entry: OpaquePointer?
        let outcome = kvStore_Get(&entry, store, key)
        guard outcome != NATS_NOT_FOUND else { return nil }
        try check(outcome)
        defer { kvEntry_Destroy(entry) }
        let count = Int(kvEntry_ValueLen(entry))
        let bytes = kvEntry_Value(entry).map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
        return (bytes ?? [], kvEntry_Revision(entry))
    }

    /// Puts a value down in the place of that one alone, or, for nil, where there is none: it fails once there is another.
    func put(_ value: [UInt8], as key: String, inPlaceOf revision: UInt64?) throws(BusFault) {
        let count = Int32(value.count)
        guard let revision else { return try check(kvStore_Create(nil, store, key, value, count)) }
        try check(kvStore_Update(nil, store, key, value, count, revision))
    }

    /// Puts a value down if there is none of that name, and returns the one that is there then.
    func agree(on value: [UInt8], as key: String) throws(BusFault) -> [UInt8] {
        if let other = try self.value(of: key) { return other }
        // Somebody else may have come first.
        if (try? put(value, as: key, inPlaceOf: nil)) != nil { return value }
        guard let other = try self.value(of: key) else { throw BusFault(NATS_ERR) }
        return other
    }

    /// Puts a value down.
    func put(_ value: [UInt8], as key: String) throws(BusFault) {
        try check(kvStore_Put(nil, store, key, value, Int32(value.count)))
    }

    /// Takes a value away, as far as that is possible: what stays behind harms nobody.
    func remove(_ key: String) { _ = kvStore_Purge(store, key, nil) }
}
#endif
