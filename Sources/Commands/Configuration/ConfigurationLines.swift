import TOMLKit
import UploadCore

/// Finds the line of a TOML document where something is, which the parser does not report for what it could read.
///
/// Each line is read on its own, as the parser reads it: a header of a section, or a name in front of `=`. A line inside a text
/// that goes over several lines may be mistaken for one of them, which shifts the line of a message and nothing else.
struct ConfigurationLines {
    /// Where an entry stands: the section's names from the outside in, and its own.
    private var lines: [[String]: Int] = [:]

    init(_ text: String) {
        var section: [String] = []
        for (index, line) in text.pieces(at: "\n").enumerated() {
            let line = String(line.unicodeScalars.drop { $0 == " " || $0 == "\t" })
            if line.hasBytes(prefix: "["), let header = Self.path(in: line) {
                section = header
                note(section, index)
            } else if line.contains(byte: "="), let path = Self.path(in: "\(line.pieces(at: "=", maxSplits: 1)[0])= 0") {
                for count in 1...max(1, path.count) { note(section + path.prefix(count), index) }
            }
        }
    }

    /// Counted from 1.
    func line(of path: [String]) -> Int {
        lines[path] ?? lines[Array(path.dropLast())] ?? 1
    }

    private mutating func note(_ path: [String], _ index: Int) {
        if lines[path] == nil { lines[path] = index + 1 }
    }

    /// The names that a line of TOML leads through.
    private static func path(in line: String) -> [String]? {
        guard var table = try? TOMLText.table(line) else { return nil }
        var path: [String] = []
        while let name = table.keys.first {
            path.append(name)
            guard let inner = table[name]?.table else { break }
            table = inner
        }
        return path.isEmpty ? nil : path
    }
}
