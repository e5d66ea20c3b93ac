import GRDB
import GRDBSQLite

extension Statement {
    /// Runs a statement that returns no rows.
    ///
    /// Binding thirty values through `StatementArguments` takes longer than SQLite takes to store them.
    func execute(binding values: [DatabaseValue]) throws {
        sqlite3_reset(sqliteStatement)
        defer {
            sqlite3_reset(sqliteStatement)
            sqlite3_clear_bindings(sqliteStatement)
        }
        var code = SQLITE_OK
        for (index, value) in values.enumerated() where code == SQLITE_OK { code = value.bind(to: sqliteStatement, at: CInt(index + 1)) }
        if code == SQLITE_OK { code = sqlite3_step(sqliteStatement) }
        guard code == SQLITE_DONE else {
            let message = sqlite3_errmsg(sqlite3_db_handle(sqliteStatement)).map { String(cString: $0) }
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
        }
    }
}
