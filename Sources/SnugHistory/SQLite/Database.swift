// SPDX-License-Identifier: Apache-2.0

internal import CSQLite
internal import SnugRooms

/// One connection to an SQLite file; used by one thread at a time.
///
/// All SQL is text of this program: nothing that anybody typed becomes a part of it.
final class Database {
    /// Longer than anything here needs, and short enough that a file made by hand cannot fill the memory.
    private static let maximumRowBytes: Int32 = 65_536

    fileprivate let handle: OpaquePointer
    /// Let go of behind the connection: see there.
    private let file: HistoryFile

    init(_ file: HistoryFile) throws(HistoryFault) {
        self.file = file
        var handle: OpaquePointer?
        let flags =
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE
            | SQLITE_OPEN_EXRESCODE
        let outcome = sqlite3_open_v2(file.path, &handle, flags, nil)
        guard let handle else { throw .failing("there is no memory") }
        self.handle = handle
        guard outcome == SQLITE_OK else { throw HistoryFault(outcome, of: handle) }
        try restrict()
    }

    deinit {
        // None of its statements is there any more: they keep it alive.
        sqlite3_close(handle)
    }

    /// Takes away what this program never uses and a file made by hand could (sqlite.org/security.html).
    private func restrict() throws(HistoryFault) {
        let settings: [(option: Int32, value: Int32)] = [
            (SQLITE_DBCONFIG_DEFENSIVE, 1),
            (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
            (SQLITE_DBCONFIG_ENABLE_TRIGGER, 0),
            (SQLITE_DBCONFIG_ENABLE_VIEW, 0),
            (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0),
        ]
        for setting in settings { try check(snug_sqlite_set(handle, setting.option, setting.value)) }
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.maximumRowBytes)
        sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 10_000)
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        sqlite3_limit(handle, SQLITE_LIMIT_TRIGGER_DEPTH, 1)
        sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, 32)
        // Another process holds a lock for a moment only, unless somebody works on the file by hand.
        sqlite3_busy_timeout(handle, 1_000)
        // A page that contradicts itself is an error and not read on; nothing is put into other files.
        for pragma: StaticString in [
            "PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON", "PRAGMA mmap_size = 0",
            "PRAGMA temp_store = MEMORY", "PRAGMA secure_delete = ON",
        ] {
            try run(pragma)
        }
    }

    /// Compiles a statement, to be run many times.
    func prepare(_ sql: StaticString) throws(HistoryFault) -> Statement { try Statement(self, sql) }

    /// Runs a statement once.
    func run(_ sql: StaticString, _ values: SQLValue...) throws(HistoryFault) {
        try prepare(sql).run(values)
    }

    /// The first column of the first row.
    func integer(_ sql: StaticString) throws(HistoryFault) -> Int64? {
        var value: Int64?
        try prepare(sql).eachRow([]) { (row) throws(HistoryFault) in
            value = row.integer(0)
            return false
        }
        return value
    }

    /// Runs `body` in one transaction: all of it is done, or nothing.
    func transaction<Result>(_ body: () throws(HistoryFault) -> Result) throws(HistoryFault) -> Result {
        try run("BEGIN IMMEDIATE")
        return try end(body)
    }

    /// Runs `body`, which only reads, and sees the file as it is at its first read.
    func snapshot<Result>(_ body: () throws(HistoryFault) -> Result) throws(HistoryFault) -> Result {
        try run("BEGIN")
        return try end(body)
    }

    private func end<Result>(_ body: () throws(HistoryFault) -> Result) throws(HistoryFault) -> Result {
        do throws(HistoryFault) {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // SQLite has done it by itself after some failures, and there is nothing to be done about this one.
            if sqlite3_get_autocommit(handle) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    /// How many rows the last statement has changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Puts what the log holds into the file, and makes the log empty.
    ///
    /// - Returns: false if a reader was in the way.
    func emptyLog() throws(HistoryFault) -> Bool {
        let outcome = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        if outcome & 0xFF == SQLITE_BUSY { return false }
        try check(outcome)
        return true
    }

    private func check(_ outcome: Int32) throws(HistoryFault) {
        guard outcome == SQLITE_OK else { throw HistoryFault(outcome, of: handle) }
    }
}

extension HistoryFault {
    /// What SQLite means by a code (sqlite.org/rescode.html), which a call on this connection has just returned.
    fileprivate init(_ outcome: Int32, of connection: OpaquePointer?) {
        let words = String(cString: sqlite3_errstr(outcome))
        switch outcome & 0xFF {
        case SQLITE_FULL: self = .full
        case SQLITE_NOTADB: self = .notADatabase
        case SQLITE_CORRUPT: self = .corrupt(words)
        case SQLITE_BUSY, SQLITE_LOCKED: self = .inUse(processID: nil)
        case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY:
            let code = sqlite3_system_errno(connection)
            self = code == 0 ? .failing(words) : .failing("\(words): \(ErrorNumber.words(code))")
        default: self = .failing(words)
        }
    }
}

/// What a statement is given in the place of a `?`.
enum SQLValue {
    case integer(Int64)
    case text(String)
    case optionalText(String?)
    case blob([UInt8])
    case digest(Bytes32?)

    static func number(_ number: UInt64) -> SQLValue { .integer(Int64(clamping: number)) }

    static func flag(_ flag: Bool) -> SQLValue { .integer(flag ? 1 : 0) }
}

/// A compiled statement of one connection, used by the thread that uses that.
final class Statement {
    private let handle: OpaquePointer
    private let database: Database

    fileprivate init(_ database: Database, _ sql: StaticString) throws(HistoryFault) {
        var handle: OpaquePointer?
        let outcome = sql.withUTF8Buffer { sql in
            sqlite3_prepare_v3(
                database.handle,
                UnsafeRawPointer(sql.baseAddress)?.assumingMemoryBound(to: CChar.self),
                Int32(sql.count),
                UInt32(SQLITE_PREPARE_PERSISTENT),
                &handle,
                nil
            )
        }
        guard outcome == SQLITE_OK, let handle else { throw HistoryFault(outcome, of: database.handle) }
        self.handle = handle
        self.database = database
    }

    deinit { sqlite3_finalize(handle) }

    /// Runs it, and leaves its results.
    func run(_ values: [SQLValue]) throws(HistoryFault) {
        try eachRow(values) { _ in true }
    }

    /// Runs it, and calls `body` with each row until that returns false.
    func eachRow(
        _ values: [SQLValue],
        _ body: (Row) throws(HistoryFault) -> Bool
    ) throws(HistoryFault) {
        // What is bound would stay in memory; a read that is not ended would keep the log from being emptied.
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() { try check(bind(value, at: Int32(index) + 1)) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: if try !body(Row(handle)) { return }
            case SQLITE_DONE: return
            case let outcome: return try check(outcome)
            }
        }
    }

    private func check(_ outcome: Int32) throws(HistoryFault) {
        guard outcome == SQLITE_OK else { throw HistoryFault(outcome, of: database.handle) }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .integer(let number): sqlite3_bind_int64(handle, index, number)
        case .text(var text), .optionalText(.some(var text)):
            text.withUTF8 { snug_sqlite_bind_text(handle, index, $0.baseAddress, Int32(clamping: $0.count)) }
        case .blob(let bytes):
            bytes.withUnsafeBytes {
                snug_sqlite_bind_blob(handle, index, $0.baseAddress, Int32(clamping: $0.count))
            }
        case .digest(.some(let digest)):
            digest.bytes.withUnsafeBytes {
                snug_sqlite_bind_blob(handle, index, $0.baseAddress, Int32($0.count))
            }
        case .digest(nil), .optionalText(nil): sqlite3_bind_null(handle, index)
        }
    }
}

/// The present row of a statement that runs; not to be kept.
struct Row {
    private let handle: OpaquePointer

    fileprivate init(_ handle: OpaquePointer) { self.handle = handle }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// A number that cannot be negative, and is 0 where it is.
    func number(_ column: Int32) -> UInt64 { UInt64(max(0, integer(column))) }

    /// The text, with U+FFFD for what is not UTF-8.
    func text(_ column: Int32) -> String {
        // The text first: asking for it may change how many bytes it has (sqlite.org/c3ref/column_blob.html).
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
        return String(decoding: bytes, as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// Nil for NULL, and for what has not the size of a digest.
    func digest(_ column: Int32) -> Bytes32? { Bytes32(blob(column)) }
}
