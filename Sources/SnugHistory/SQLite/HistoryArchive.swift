// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// A history file as commands use it that are not a server.
public struct HistoryArchive {
    private let path: String
    private let database: Database
    private let reader: HistoryReader

    /// Opens a file that exists, to read it; a server may be writing to it meanwhile.
    public init(path: String) throws(HistoryError) {
        self.path = path
        do throws(HistoryFault) {
            let file = try HistoryFile(path, for: .read)
            guard !file.isNew else { throw .notADatabase }
            database = try Database(file)
            try database.run("PRAGMA query_only = ON")
            try Schema.check(database)
            reader = try HistoryReader(database)
        } catch {
            throw HistoryError(path: path, fault: error)
        }
    }

    /// Calls `body` with each line that is in the file: room by room in the order in which they were opened, and in each
    /// in the order of the numbers, until it returns false.
    ///
    /// A server that takes old lines away meanwhile is not held up: what is gone before its turn is not seen.
    public func eachLine(_ body: (StoredLine) -> Bool) throws(HistoryError) {
        do throws(HistoryFault) {
            for room in try reader.rooms(cutoff: .min).sorted() {
                var last: UInt64 = 0
                while true {
                    let page = try reader.page(
                        in: room,
                        .after(last),
                        limit: HistoryPage.maximumLines,
                        cutoff: .min,
                        waiting: ([], [])
                    )
                    for line in page.lines { guard body(line) else { return } }
                    guard page.hasMore, let line = page.lines.last, line.sequence > last else { break }
                    last = line.sequence
                }
            }
        } catch {
            throw HistoryError(path: path, fault: error)
        }
    }

    /// Takes lines out of a file that no server uses, and returns how many there were.
    ///
    /// With a person's name goes whatever was said with the key that the name belongs to. When this returns, no byte of
    /// the file or of its log has what they said. What the disk keeps of overwritten places, and backups, are another
    /// matter.
    public static func forget(_ forgotten: Forgotten, path: String) throws(HistoryError) -> Int {
        do throws(HistoryFault) {
            let file = try HistoryFile(path, for: .change)
            guard !file.isNew else { throw .notADatabase }
            let database = try Schema.open(file)
            var lines = try LineTable(database)
            let count = try database.transaction { () throws(HistoryFault) in
                var forgotten = forgotten
                if case .person(let name, nil) = forgotten {
                    forgotten = .person(name: name, key: try lines.key(of: name))
                }
                return try lines.forget(forgotten)
            }
            guard try database.emptyLog() else { throw .inUse(processID: nil) }
            return count
        } catch {
            throw HistoryError(path: path, fault: error)
        }
    }
}
