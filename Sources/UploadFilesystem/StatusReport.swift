import Foundation
import UploadCore

/// The values of the `user.upload.*` attributes, by their name without that prefix, in the order in which they are listed.
///
/// Every name that exists for a file has an entry, so that a program that has read the list finds them all; one without a
/// value is empty, and is not listed.
struct StatusReport: Encodable {
    private(set) var fields: [(name: String, value: Value)] = []

    enum Value: Encodable, Equatable {
        case text(String)
        case number(Int64)
        case none

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .none: try container.encodeNil()
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            case .none: ""
            }
        }
    }

    init(_ status: UploadStatus) {
        add("state", .text(status.state.rawValue))
        add("percent", .number(Int64(status.percent)))
        add("bytes_total", .number(status.bytesTotal))
        add("bytes_confirmed", .number(status.bytesConfirmed))
        add("rate", .number(Self.whole(status.rate)))
        add("eta", status.eta.map { .number(Int64($0)) })
        add("attempts", .number(Int64(status.attempts)))
        add("error", status.error.map { .text($0) })
        add("next_attempt_at", status.nextAttemptAt.map(Self.date))
        add("destination", status.destination.isEmpty ? nil : .text(status.destination))
        add("remote_id", status.remoteID.map { .text($0) })
        add("etag", status.etag.map { .text($0) })
        add("checksum", status.checksum.map { .text($0) })
        add("uploaded_at", status.uploadedAt.map(Self.date))
        add("session_expires_at", status.sessionExpiresAt.map(Self.date))
        add("priority", .number(Int64(status.priority)))
    }

    init(_ status: TreeStatus) {
        add("state", .text(status.state.rawValue))
        add("percent", .number(Int64(status.percent)))
        add("bytes_total", .number(status.bytesTotal))
        add("bytes_confirmed", .number(status.bytesConfirmed))
        add("rate", .number(Self.whole(status.rate)))
        add("eta", status.eta.map { .number(Int64($0)) })
        add("files_total", .number(Int64(status.filesTotal)))
        add("files_uploaded", .number(Int64(status.filesUploaded)))
        add("files_pending", .number(Int64(status.filesPending)))
        add("files_failed", .number(Int64(status.filesFailed)))
        add("files_stopped", .number(Int64(status.filesStopped)))
        add("error", status.error.map { .text($0) })
    }

    mutating func add(_ name: String, _ value: Value?) {
        fields.append((name, value ?? .none))
    }

    /// A rate is a measurement divided by a time, and may be anything.
    static func whole(_ number: Double) -> Int64 {
        Int64(exactly: number.rounded(.towardZero)) ?? (number > 0 ? .max : 0)
    }

    static func date(_ date: Date) -> Value {
        .text(date.formatted(.iso8601))
    }

    /// One JSON object; a field without a value is left out.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for (name, value) in fields where value != .none {
            try container.encode(value, forKey: Name(stringValue: name))
        }
    }

    struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) {
            self.stringValue = stringValue
        }

        init?(intValue: Int) {
            nil
        }
    }

    /// The report as `user.upload.json` shows it.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self).escapingUnprintableJSON
    }
}
