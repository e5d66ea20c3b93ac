/// How the name of an object becomes the name of a file.
///
/// Letters, digits, `_`, `-` and dots that do not come first stand for themselves, every other byte is `%XX` in capitals: `dir/a b` is
/// `dir%2Fa%20b`. A name that comes out longer than 240 characters is cut into pieces of 240, and each piece but the last is
/// a directory with a `%` after it, which no escaped name ends with; so two names never meet.
enum EscapedName {
    static let pieceLength = 240

    /// The relative path for a name. Only long names have a `/` in theirs.
    static func path(for name: String) -> String {
        let escaped = escape(name)
        guard escaped.count > pieceLength else { return String(decoding: escaped, as: UTF8.self) }
        var path: [UInt8] = []
        for start in stride(from: 0, to: escaped.count, by: pieceLength) {
            if start > 0 { path += "%/".utf8 }
            path += escaped[start..<min(start + pieceLength, escaped.count)]
        }
        return String(decoding: path, as: UTF8.self)
    }

    private static func escape(_ name: String) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for (index, byte) in name.utf8.enumerated() {
            if isPlain(byte) || (byte == UInt8(ascii: ".") && index > 0) {
                escaped.append(byte)
            } else {
                escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return escaped
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
