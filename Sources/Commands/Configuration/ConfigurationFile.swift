import LinuxIO
import TOMLKit

/// A configuration file: options for every destination, and sections for those below a prefix.
///
///     chunk_size = "16M"
///
///     [destination."gs://bucket/films"]
///     storage_class = "NEARLINE"
struct ConfigurationFile: Equatable {
    struct Entry: Equatable {
        let name: String
        let value: ConfigurationValue
        /// Counted from 1.
        let line: Int
    }

    struct Section: Equatable {
        /// What a destination's URL begins with for the section to hold.
        let prefix: String
        let line: Int
        let entries: [Entry]
    }

    static let sectionsName = "destination"

    let path: String
    /// In the order of the file, as in the sections.
    let general: [Entry]
    let sections: [Section]

    init(path: String, text: String) throws(CommandFailure) {
        self.path = path
        let table: TOMLTable
        do {
            table = try TOMLText.table(text)
        } catch let error as TOMLText.Malformed {
            throw CommandFailure(.configuration, "\(path.printable):\(error.line): invalid TOML: the name of a section is malformed")
        } catch let error as TOMLParseError {
            throw CommandFailure(.configuration, "\(path.printable):\(error.source.begin.line): invalid TOML: \(error.description.printable)")
        } catch {
            throw CommandFailure(.configuration, "the configuration file \(path.printable) cannot be read: \("\(error)".printable)")
        }
        let lines = ConfigurationLines(text)
        general = Self.entries(of: table, at: [], lines).filter { $0.name != Self.sectionsName }
        sections = try Self.sections(of: table, path, lines)
    }

    private static func entries(of table: TOMLTable, at path: [String], _ lines: ConfigurationLines) -> [Entry] {
        table.map { Entry(name: $0.0, value: ConfigurationValue($0.1), line: lines.line(of: path + [$0.0])) }.sorted { $0.line < $1.line }
    }

    private static func sections(of table: TOMLTable, _ path: String, _ lines: ConfigurationLines) throws(CommandFailure) -> [Section] {
        guard let value = table[sectionsName] else { return [] }
        guard let prefixes = value.table else { throw misplaced(path, lines.line(of: [sectionsName])) }
        var sections: [Section] = []
        for (prefix, value) in prefixes {
            let line = lines.line(of: [sectionsName, prefix])
            guard let table = value.table, prefix.contains(":") else { throw misplaced(path, line) }
            sections.append(Section(prefix: prefix, line: line, entries: entries(of: table, at: [sectionsName, prefix], lines)))
        }
        return sections.sorted { $0.line < $1.line }
    }

    private static func misplaced(_ path: String, _ line: Int) -> CommandFailure {
        CommandFailure(
            .configuration, "\(path.printable):\(line): a section for destinations must be written [\(sectionsName).\"gs://BUCKET/PREFIX\"]")
    }

    /// The section with the longest prefix of a destination's URL.
    func section(for url: String) -> Section? {
        let url = Self.normalized(url)
        let matching = sections.filter {
            let prefix = Self.normalized($0.prefix)
            return url.hasSameBytes(as: prefix) || url.startsWithBytes(of: prefix + "/")
        }
        return matching.max { Self.normalized($0.prefix).utf8.count < Self.normalized($1.prefix).utf8.count }
    }

    /// The scheme in small letters, and no slash at the end.
    private static func normalized(_ url: String) -> Substring {
        let scheme = url.prefix { $0 != ":" }
        var text = (scheme.lowercased() + url.dropFirst(scheme.count))[...]
        while text.utf8.last == UInt8(ascii: "/") { text = Substring(text.utf8.dropLast()) }
        return text
    }
}
