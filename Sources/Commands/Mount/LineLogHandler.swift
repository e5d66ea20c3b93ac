import Logging
import struct Foundation.Date
import UploadCore

/// Writes one line for each event: time, level, message, and the metadata in the order of its keys.
struct LineLogHandler: LogHandler {
    var metadataProvider: Logger.MetadataProvider?
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    private let write: @Sendable (String) -> Void

    init(write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all =
            metadata
            .merging(metadataProvider?.get() ?? [:]) { _, new in new }
            .merging(event.metadata ?? [:]) { _, new in new }
        let facts = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
        let error = event.error.map { " error=\(Self.quoted("\($0)"))" } ?? ""
        write("\(Date().ISO8601Format()) \(event.level): \(event.message)\(facts)\(error)\n".singleLine)
    }

    private static func quoted(_ value: String) -> String {
        value.contains(byte: " ") || value.isEmpty ? "\"\(value)\"" : value
    }
}

extension String {
    /// A name with a line break in it must not make up lines of its own.
    fileprivate var singleLine: String {
        dropLast().description.printable + "\n"
    }
}
