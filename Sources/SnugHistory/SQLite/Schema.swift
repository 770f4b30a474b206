// SPDX-License-Identifier: Apache-2.0

/// Numbers that are given once, whatever becomes of what has them: facts in a history file.
enum LastNumber: String {
    case sequence = "lastSequence"
    case sanction = "lastSanction"
}

/// The tables of a history file, and how one is told from another program's database.
enum Schema {
    /// What the file's header says it is for: `SNUG` (sqlite.org/pragma.html#pragma_application_id).
    static let applicationID: UInt32 = 0x534E_5547

    /// The version of the tables.
    ///
    /// A program of a later version changes an older file in one transaction.
    static let version = 1

    /// Lines are kept in the order of rooms and numbers, without another index: a page of a room is one piece of the
    /// file, however many lines others have said in between.
    private static let tables: [StaticString] = [
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL, forgotten INTEGER NOT NULL) STRICT",
        """
        CREATE TABLE lines (room INTEGER NOT NULL, sequence INTEGER NOT NULL, time INTEGER NOT NULL, \
        author_id INTEGER NOT NULL, author TEXT NOT NULL, author_key BLOB, author_token BLOB, ref TEXT, \
        text TEXT NOT NULL, is_action INTEGER NOT NULL, PRIMARY KEY (room, sequence)) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE gaps (first INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT",
        """
        CREATE TABLE room_records (id INTEGER PRIMARY KEY, name TEXT NOT NULL, topic TEXT, owner BLOB, \
        is_private INTEGER NOT NULL, invited BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE sanctions (number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, target_key BLOB, \
        target_address BLOB, name TEXT NOT NULL, operator TEXT, reason TEXT, until INTEGER) STRICT
        """,
        """
        CREATE TABLE key_names (name TEXT PRIMARY KEY, key BLOB NOT NULL, last_used INTEGER NOT NULL) \
        STRICT, WITHOUT ROWID
        """,
    ]

    /// A connection for writing to a file that is found sound, or made.
    ///
    /// - Parameter epoch: the file's, if it is made; nil for one that no other file has.
    static func open(_ file: HistoryFile, epoch: UInt64? = nil) throws(HistoryFault) -> Database {
        let database = try Database(file)
        if file.isNew { try create(in: database, epoch) } else { try check(database) }
        // A log that readers need not wait for, and a commit that is on the disk when it returns: that is what makes a
        // line safe when it is said to be.
        try database.run("PRAGMA journal_mode = WAL")
        try database.run("PRAGMA synchronous = FULL")
        // Once it is empty again, a log that had grown gives its room back.
        try database.run("PRAGMA journal_size_limit = 4194304")
        return database
    }

    /// Makes the tables in a file that has nothing in it.
    ///
    /// Before the file has a log: so its own header says from the first moment whose it is.
    private static func create(in database: Database, _ epoch: UInt64?) throws(HistoryFault) {
        try database.transaction { () throws(HistoryFault) in
            try database.run("PRAGMA application_id = 0x534E5547")
            try database.run("PRAGMA user_version = 1")
            for table in tables { try database.run(table) }
            // Tells this file from another that is put in its place.
            try database.run("INSERT INTO facts VALUES ('epoch', 1 + (random() & 9007199254740991))")
            guard let epoch = epoch.flatMap({ Int64(exactly: $0) }) else { return }
            try database.run("UPDATE facts SET value = ? WHERE name = 'epoch'", .integer(epoch))
        }
    }

    /// Throws unless the file has exactly these tables, and what is in them is whole.
    static func check(_ database: Database) throws(HistoryFault) {
        let found = try database.integer("PRAGMA user_version") ?? 0
        guard found <= Int64(version) else { throw .newerSchema(Int(found)) }
        var statements: Set<String> = []
        // SQLite's own tables have names that begin so: what ANALYZE leaves, and the indexes of UNIQUE.
        let sql: StaticString = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        try database.prepare(sql).eachRow([]) { (row) in
            statements.insert(row.text(0))
            return statements.count <= tables.count
        }
        guard found == Int64(version), statements == Set(tables.map { "\($0)" }) else { throw .foreignSchema }
        var verdict = "ok"
        // Each page and row, but not whether indexes agree with tables, which takes far longer.
        try database.prepare("PRAGMA quick_check(1)").eachRow([]) { (row) in
            verdict = row.text(0)
            return false
        }
        guard verdict == "ok" else { throw .corrupt(String(verdict.prefix { !$0.isNewline }.prefix(200))) }
    }
}
