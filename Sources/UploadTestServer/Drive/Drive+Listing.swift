import Foundation
import Hummingbird

/// Searches.
extension Drive {
    func list(_ exchange: Exchange) async throws -> Response {
        try await pass(.list, nil, exchange) { _ in
            let target = exchange.target
            let query = try target["q"].map { try DriveQuery($0) }
            guard query?.parents.allSatisfy({ tree[$0] != nil }) ?? true else { throw GoogleError.noFile("") }
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
    private func candidates(_ target: RequestTarget) throws -> [DriveItem] {
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

    /// Where all keys are the same, the files are in the order in which they came, or in the reverse of it.
    private func sorted(_ files: [DriveItem], by order: String?) throws -> [DriveItem] {
        guard let order else { return files }
        let keys = try order.split(separator: ",").map { try Self.sortKey($0) }
        return files.sorted { left, right in
            for key in keys {
                let (first, second) = (key.text(left), key.text(right))
                if first != second { return key.isDescending ? first > second : first < second }
            }
            let isEarlier = left.record.generation < right.record.generation
            return keys.first?.isDescending == true ? !isEarlier && left.id != right.id : isEarlier
        }
    }

    private static func sortKey(_ text: Substring) throws -> (text: (DriveItem) -> String, isDescending: Bool) {
        let words = text.split(separator: " ")
        let isDescending = words.last == "desc"
        switch words.first {
        case "name", "name_natural": return (\.name, isDescending)
        case "createdTime": return (\.createdTime, isDescending)
        case "modifiedTime": return (\.modifiedTime, isDescending)
        case "folder": return ({ $0.isFolder ? "0" : "1" }, isDescending)
        default: throw GoogleError.badRequest("Invalid value for orderBy: \(text)")
        }
    }

    private static func position(_ token: String) throws -> Int {
        guard token.hasPrefix("~!"), let position = Int(token.dropFirst(2)) else { throw GoogleError.badRequest("Invalid Value: pageToken") }
        return position
    }
}
