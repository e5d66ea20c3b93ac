import Foundation
import Hummingbird

/// Searches.
extension Drive {
    func list(_ exchange: Exchange) async throws -> Response {
        try await pass(.list, nil, exchange) { _ in
            let target = exchange.target
            let query = try target["q"].map { try DriveQuery($0) }
            let mask = try FieldMask(target["fields"] ?? "kind,incompleteSearch,nextPageToken,files(\(DriveResource.usualFields))")
            let pageSize = Int(target["pageSize"] ?? "100") ?? 0
            guard (1...1000).contains(pageSize) else { throw GoogleError.badRequest("Invalid value for pageSize: values are 1 to 1000.") }
            let start = try target["pageToken"].map { try Self.position($0) } ?? 0
            let found = try sorted(try candidates(target).filter { query?.matches($0, in: tree) ?? true }, by: target["orderBy"])
            var document: [String: JSONValue] = ["kind": "drive#fileList", "incompleteSearch": .bool(false)]
            document["files"] = .array(found.dropFirst(start).prefix(pageSize).map { DriveResource.json($0, in: tree) })
            if start + pageSize < found.count { document["nextPageToken"] = .string("~!\(start + pageSize)") }
            return .json(mask.applied(to: .object(document)))
        }
    }

    /// The files that a search looks at, without the roots of drives.
    private func candidates(_ target: RequestTarget) throws -> [DriveFile] {
        let withSharedDrives = target["supportsAllDrives"] == "true" && target["includeItemsFromAllDrives"] == "true"
        if let drive = target["driveId"] {
            guard withSharedDrives, target["corpora"] == "drive" else {
                throw GoogleError.badRequest(
                    "driveId goes with corpora=drive, supportsAllDrives=true and includeItemsFromAllDrives=true.")
            }
            return tree.all.filter { $0.parent != nil && $0.driveID == drive }
        }
        return tree.all.filter { $0.parent != nil && ($0.driveID == nil || withSharedDrives) }
    }

    private func sorted(_ files: [DriveFile], by order: String?) throws -> [DriveFile] {
        guard let order else { return files }
        var files = files
        for key in order.split(separator: ",").reversed() {
            let words = key.split(separator: " ")
            let text: (DriveFile) -> String
            switch words.first {
            case "name", "name_natural": text = \.name
            case "createdTime": text = \.createdTime
            case "modifiedTime": text = \.modifiedTime
            case "folder": text = { $0.isFolder ? "0" : "1" }
            default: throw GoogleError.badRequest("Invalid value for orderBy: \(order)")
            }
            let isDescending = words.last == "desc"
            // Sorted by the least important key first; the sort is stable.
            files.sort { isDescending ? text($0) > text($1) : text($0) < text($1) }
        }
        return files
    }

    private static func position(_ token: String) throws -> Int {
        guard token.hasPrefix("~!"), let position = Int(token.dropFirst(2)) else { throw GoogleError.badRequest("Invalid Value: pageToken") }
        return position
    }
}
