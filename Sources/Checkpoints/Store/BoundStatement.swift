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
        for (index, value) in values.enumerated() where code == SQLITE_OK { code = bind(value, at: CInt(index + 1)) }
        if code == SQLITE_OK { code = sqlite3_step(sqliteStatement) }
        guard code == SQLITE_DONE else {
            let message = sqlite3_errmsg(sqlite3_db_handle(sqliteStatement)).map { String(cString: $0) }
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: sql)
        }
    }

    private func bind(_ value: DatabaseValue, at index: CInt) -> CInt {
        guard case .string(var text) = value.storage, !text.isEmpty else { return value.bind(to: sqliteStatement, at: index) }
        // GRDB would end the text at its first NUL. SQLite makes a copy: its SQLITE_TRANSIENT is a pointer that C alone can write.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { sqlite3_bind_text(sqliteStatement, index, $0.baseAddress, CInt($0.count), copies) }
        }
    }
}
