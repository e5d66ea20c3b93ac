import HTTPTransport
import NIOHTTP1
import UploadCore

/// The ids of the folders below the destination, each asked for once.
actor BoxFolders {
    private let root: String
    private let names: BoxNames
    /// By path below the root. A task, so that many files of a new folder wait for one request.
    private var ids: [String: Task<Result<String, UploadError>, Never>] = [:]

    init(root: String, names: BoxNames) {
        self.root = root
        self.names = names
    }

    /// The id of a folder, which is made where it is not there, and those above it.
    func make(_ path: [String]) async throws(UploadError) -> String {
        do throws(UploadError) {
            return try await makeMissing(path)
        } catch {
            // A folder that was remembered may have been removed since.
            guard error.code == .noSuchBucket, path.count > 1 else { throw error }
            forget(path)
            return try await makeMissing(path)
        }
    }

    private func makeMissing(_ path: [String]) async throws(UploadError) -> String {
        var id = root
        for depth in path.indices {
            let (key, parent, name) = (Self.key(path[...depth]), id, path[depth])
            let task = ids[key] ?? Task { [names] in await Self.result { () throws(UploadError) in try await names.makeFolder(name, in: parent) } }
            ids[key] = task
            id = try await value(of: task, key)
        }
        return id
    }

    /// The id of a folder; nil where it, or one above it, is not there.
    func find(_ path: [String]) async throws(UploadError) -> String? {
        var id = root
        for depth in path.indices {
            let key = Self.key(path[...depth])
            if let task = ids[key] {
                id = try await value(of: task, key)
            } else {
                guard let item = try await names.lookUp(path[depth], in: id), item.isFolder, item.name == path[depth] else { return nil }
                ids[key] = Task { .success(item.id) }
                id = item.id
            }
        }
        return id
    }

    /// Forgets a folder, those above and those below: one of them is gone.
    func forget(_ path: [String]) {
        for depth in path.indices { ids[Self.key(path[...depth])] = nil }
        let below = Self.key(path[...]) + "/"
        ids = ids.filter { !$0.key.hasPrefix(below) }
    }

    private func value(of task: Task<Result<String, UploadError>, Never>, _ key: String) async throws(UploadError) -> String {
        switch await task.value {
        case .success(let id): return id
        case .failure(let error):
            if ids[key] == task { ids[key] = nil }
            throw error
        }
    }

    private static func result(_ body: () async throws(UploadError) -> String) async -> Result<String, UploadError> {
        do throws(UploadError) { return .success(try await body()) } catch { return .failure(error) }
    }

    private static func key(_ path: ArraySlice<String>) -> String { path.joined(separator: "/") }
}

/// Looks for names in folders. Every name is there once, whatever its capitals.
struct BoxNames: Sendable {
    let wire: BoxWire
    let bearer: BearerTransport
    let faults: BoxFaults

    /// The item that has this name; nil where the name is free.
    func lookUp(_ name: String, in folder: String) async throws(UploadError) -> BoxJSON.Item? {
        let answer = try await bearer.send(wire.lookUp(name, in: folder))
        if answer.status == .ok {
            _ = try BoxJSON.decode(BoxPreflight.self, answer, "no upload address")
            return nil
        }
        let refusal = BoxRefusal(answer)
        guard answer.status == .conflict, refusal.code == "item_name_in_use" else { throw faults.classify(answer, about: .name(name)) }
        if let conflict = refusal.conflict, conflict.name != nil { return conflict }
        return try await search(for: name, in: folder)
    }

    /// - Returns: the id of the folder, which may have been there.
    func makeFolder(_ name: String, in folder: String) async throws(UploadError) -> String {
        let answer = try await bearer.send(wire.makeFolder(name, in: folder))
        if answer.status == .created { return try BoxJSON.item(in: answer).id }
        let refusal = BoxRefusal(answer)
        guard answer.status == .conflict, refusal.code == "item_name_in_use" else { throw faults.classify(answer, about: .name(name)) }
        let existing = if let conflict = refusal.conflict { conflict } else { try await search(for: name, in: folder) }
        guard let existing, existing.name == name else { throw faults.classify(answer, about: .name(name)) }
        guard existing.isFolder else { throw UploadError(.conflict, "a file is where the folder \(name) has to be") }
        return existing.id
    }

    /// No folder has more pages of a thousand than this.
    private static let pagesMax = 10_000

    /// Where the refusal does not say who has the name.
    private func search(for name: String, in folder: String) async throws(UploadError) -> BoxJSON.Item? {
        var marker: String?
        var walk = PageWalk("Box's list of the folder", pagesMax: Self.pagesMax)
        while true {
            let answer = try await bearer.send(wire.list(folder, marker: marker))
            guard answer.status == .ok else { throw faults.classify(answer, about: .name(name)) }
            let page = try BoxJSON.decode(BoxJSON.Items.self, answer, "no folder")
            if let found = page.entries.first(where: { $0.name?.lowercased() == name.lowercased() }) { return found }
            guard let next = page.next_marker, !next.isEmpty else { return nil }
            try walk.advance(to: next)
            marker = next
        }
    }
}

/// The answer for a name that is free.
private struct BoxPreflight: Decodable {
    let upload_url: String?
}
