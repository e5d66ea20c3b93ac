import Foundation
import HTTPTransport

/// A file with one pair of access keys, in either of two forms:
///
///     access_key_id = …             or  ak = …
///     secret_access_key = …         or  sk = …
///     security_token = …            or  token = …      (only with temporary keys)
///
/// or the `credentials.csv` that Huawei's console hands out, whose columns are a user's name, the access key and the secret.
enum AccessKeyFile {
    static func read(_ path: String) throws(CredentialsError) -> AccessKey {
        let text = String(decoding: try CredentialFile.read(path), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard let key = assigned(lines) ?? table(lines) else {
            throw CredentialsError(
                "the credential file \(path) has no access key; write two lines: access_key_id = … and secret_access_key = …")
        }
        return key
    }

    private static func assigned(_ lines: [String]) -> AccessKey? {
        var values: [String: String] = [:]
        for line in lines {
            let sides = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if sides.count == 2 { values[sides[0].lowercased()] = sides[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"'")) }
        }
        let value = { (names: String...) in names.lazy.compactMap { values[$0] }.first { !$0.isEmpty } }
        guard let id = value("access_key_id", "ak"), let secret = value("secret_access_key", "sk") else { return nil }
        return AccessKey(id: id, secret: secret, sessionToken: value("security_token", "token"))
    }

    private static func table(_ lines: [String]) -> AccessKey? {
        let rows = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) } }
        guard rows.count >= 2, let id = rows[0].firstIndex(of: "Access Key Id"), let secret = rows[0].firstIndex(of: "Secret Access Key"),
            rows[1].indices.contains(id), rows[1].indices.contains(secret), !rows[1][id].isEmpty, !rows[1][secret].isEmpty
        else { return nil }
        return AccessKey(id: rows[1][id], secret: rows[1][secret])
    }
}
