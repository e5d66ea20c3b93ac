import HTTPTransport
import NIOHTTP1
import UploadCore

/// Looks for names in folders, and makes folders.
///
/// Names are unique in a folder without regard to case. Before the question whether a name is free, and before making a folder, Box
/// also converts the name that is asked about to Unicode's form NFKC, but not the names that are there (community.box.com, "Upload
/// Preflight Check applies one-directional NFKC normalization", 2026). For a name beyond ASCII, therefore, neither "free" nor "in use"
/// says whether this very name is there, and the folder is listed.
struct BoxNames: Sendable {
    let wire: BoxWire
    let bearer: BearerTransport
    let faults: BoxFaults

    /// Where a folder is to be.
    enum Place: Sendable {
        case folder(id: String)
        /// An item has another name that Box treats as the same.
        case taken(by: BoxJSON.Item, ServiceName)
    }

    /// The item that has exactly this name; nil where none has it.
    func lookUp(_ name: ServiceName, in folder: String) async throws(UploadError) -> BoxJSON.Item? {
        let response = try await bearer.send(wire.lookUp(name, in: folder))
        let isASCII = name.text.utf8.allSatisfy { $0 < 0x80 }
        if response.status == .ok {
            _ = try BoxJSON.decode(BoxPreflight.self, response, "no upload address")
            return isASCII ? nil : try await search(for: name, in: folder).exact
        }
        let refusal = BoxRefusal(response)
        guard response.status == .conflict, refusal.code == BoxFaults.nameInUse else { throw faults.classify(response, about: .name(name)) }
        if let conflict = refusal.conflict, let there = conflict.name {
            if there == name { return conflict }
            if isASCII { return nil }
        }
        return try await search(for: name, in: folder).exact
    }

    /// Makes a folder, or finds the one that is there.
    func makeFolder(_ name: ServiceName, in folder: String) async throws(UploadError) -> Place {
        let response = try await bearer.send(wire.makeFolder(name, in: folder))
        if response.status == .created { return .folder(id: try BoxJSON.item(in: response).id) }
        let refusal = BoxRefusal(response)
        guard response.status == .conflict, refusal.code == BoxFaults.nameInUse else { throw faults.classify(response, about: .name(name)) }
        var existing = refusal.conflict
        if existing?.name != name {
            let found = try await search(for: name, in: folder)
            existing = found.exact ?? existing ?? found.alike
        }
        guard let existing, let there = existing.name else { throw faults.classify(response, about: .name(name)) }
        guard there == name else { return .taken(by: existing, there) }
        guard existing.isFolder else { throw UploadError(.conflict, "a file has the name that the folder \"\(name)\" needs") }
        return .folder(id: existing.id)
    }

    /// - Returns: false where another item has a name that Box treats as the same.
    func renameFolder(_ id: String, to name: ServiceName) async throws(UploadError) -> Bool {
        let response = try await bearer.send(wire.renameFolder(id, to: name))
        if response.status == .ok { return true }
        if response.status == .conflict, BoxRefusal(response).code == BoxFaults.nameInUse { return false }
        throw faults.classify(response, about: .name(name))
    }

    func isEmpty(_ folder: String) async throws(UploadError) -> Bool {
        let response = try await bearer.send(wire.list(folder, marker: nil, limit: 1))
        guard response.status == .ok else { throw faults.classify(response, about: .name("")) }
        return try BoxJSON.decode(BoxJSON.Items.self, response, "no folder").entries.isEmpty
    }

    /// No folder has more pages of a thousand than this.
    private static let pagesMax = 10_000

    /// The item of a folder that has exactly this name; where none has, one whose name differs in case or Unicode form.
    private func search(
        for name: ServiceName, in folder: String
    ) async throws(UploadError) -> (exact: BoxJSON.Item?, alike: BoxJSON.Item?) {
        var alike: BoxJSON.Item?
        var marker: String?
        var walk = PageWalk("Box's list of the folder", pagesMax: Self.pagesMax)
        while true {
            let response = try await bearer.send(wire.list(folder, marker: marker))
            guard response.status == .ok else { throw faults.classify(response, about: .name(name)) }
            let page = try BoxJSON.decode(BoxJSON.Items.self, response, "no folder")
            if let exact = page.entries.first(where: { $0.name == name }) { return (exact, nil) }
            alike = alike ?? page.entries.first { $0.name?.isAlike(name) == true }
            guard let next = page.next_marker, !next.isEmpty else { return (nil, alike) }
            try walk.advance(to: next)
            marker = next
        }
    }
}

extension ServiceName {
    /// Whether the names differ at most in case and in their canonical Unicode form.
    func isAlike(_ other: ServiceName) -> Bool { text.lowercased() == other.text.lowercased() }
}

/// The response where a name is free.
private struct BoxPreflight: Decodable {
    let upload_url: String?
}
