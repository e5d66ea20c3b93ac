/// The ids of Drive's files: 33 characters, of which the last eight tell that this server gave the id out.
///
/// A client may create a file under an id that the service generated for it, and under no other.
enum DriveID {
    /// My Drive, for which clients also write `root`.
    static let root = "0ATestServerMyDriveUk9PVA"

    private static let characters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let randomLength = 24

    static func generate() -> String {
        let random = (0..<randomLength).map { _ in characters[Int.random(in: 0..<characters.count)] }
        let body = "1" + String(decoding: random, as: UTF8.self)
        return body + check(body)
    }

    static func isGenerated(_ id: String) -> Bool {
        let body = String(id.prefix(randomLength + 1))
        return id == body + check(body)
    }

    private static func check(_ body: String) -> String {
        var checksum = RunningCRC32C()
        Array(body.utf8).withUnsafeBytes { checksum.update($0) }
        let digits = String(checksum.value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
