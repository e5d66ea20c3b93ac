import Credentials
import Foundation
import HTTPTransport

/// A customer-supplied encryption key: AES-256, known to the service only while a request that carries it is served. Each service
/// has its own headers for it.
public struct CustomerKey: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    static let bytesCount = 32

    let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.bytesCount else { return nil }
        self.bytes = bytes
    }

    /// Reads a key from a file that other users cannot read: 32 bytes, or their base64.
    public static func read(_ path: String) throws(CredentialsError) -> CustomerKey {
        let content = try CredentialFile.read(path)
        if let key = CustomerKey(bytes: Array(content)) { return key }
        let text = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if let decoded = Data(base64Encoded: text), let key = CustomerKey(bytes: Array(decoded)) { return key }
        throw CredentialsError("the file \(path) has no AES-256 key: it must hold 32 bytes, or their base64, as openssl rand -base64 32 makes them")
    }

    public var description: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
