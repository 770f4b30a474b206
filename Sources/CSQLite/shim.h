// SPDX-License-Identifier: Apache-2.0
//
// SQLite as Swift sees it, with what the importer leaves out.

#ifndef SNUG_CSQLITE_SHIM_H
#define SNUG_CSQLITE_SHIM_H

#include <sqlite3.h>

// sqlite3_db_config is variadic, which Swift does not import. Returns SQLITE_OK if the option has the value now.
static inline int snug_sqlite_set(sqlite3 *database, int option, int value) {
    int present = -1;
    int outcome = sqlite3_db_config(database, option, value, &present);
    return outcome == SQLITE_OK && present != value ? SQLITE_ERROR : outcome;
}

// SQLITE_TRANSIENT, which has SQLite copy the bytes, is a cast. A null pointer would bind NULL and not an empty text.
static inline int snug_sqlite_bind_text(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, bytes != 0 ? (const char *)bytes : "", count, SQLITE_TRANSIENT);
}

static inline int snug_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes != 0 ? bytes : "", count, SQLITE_TRANSIENT);
}

#endif
