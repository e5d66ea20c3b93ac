import HTTPTransport
import NIOHTTP1
import UploadCore

/// Asks Drive about files and folders.
struct DriveClient: Sendable {
    let wire: DriveWire
    let bearer: BearerTransport
    let faults: GoogleFaults

    /// Nil where there is no such file, or none that may be seen.
    func file(_ id: String) async throws(UploadError) -> DriveFile? {
        let response = try await bearer.send(wire.get(id))
        if response.status == .notFound { return nil }
        return try DriveFile(try succeeded(response, about: .object))
    }

    /// The first file or folder of exactly this name; nil where the folder has none, or is gone itself.
    func find(_ name: ServiceName, in parent: String, _ kind: DriveWire.Kind) async throws(UploadError) -> DriveFile? {
        var token: String?
        var walk = PageWalk("a search in Drive", pagesMax: Self.pagesMax)
        while true {
            let response = try await bearer.send(wire.find(name, in: parent, kind, after: token))
            if response.status == .notFound { return nil }
            let page = try DriveJSON.read(DriveJSON.List.self, try succeeded(response, about: .container))
            if let found = page.files.first(where: { $0.name == name && (kind == .folder || $0.object != nil) }) { return found }
            guard let next = page.nextPageToken else { return nil }
            try walk.advance(to: next)
            token = next
        }
    }

    /// Pages may hold less than was asked for, or nothing. A shared drive has at most 500,000 items, and a page up to 1,000
    /// (support.google.com/a/answer/7338880).
    private static let pagesMax = 1000

    /// The names of the files in a folder; nil where it has more than `namesMax`, none where it is gone.
    func names(in parent: String, namesMax: Int) async throws(UploadError) -> Set<ServiceName>? {
        var names: Set<ServiceName> = []
        var token: String?
        var walk = PageWalk("Drive's list of the folder", pagesMax: Self.pagesMax)
        repeat {
            if let token { try walk.advance(to: token) }
            let request = wire.names(in: parent, pageSize: 1000, after: token)
            let response = try await bearer.send(request)
            if response.status == .notFound { return [] }
            let page = try DriveJSON.read(DriveJSON.List.self, try succeeded(response, about: .container))
            names.formUnion(page.files.compactMap(\.name))
            token = page.nextPageToken
        } while token != nil && names.count <= namesMax
        return names.count <= namesMax ? names : nil
    }

    /// Makes a folder under an id that Drive generated. One with this id is the work of an earlier try.
    func makeFolder(_ name: ServiceName, in parent: String, id: String) async throws(UploadError) {
        let response = try await bearer.send(wire.makeFolder(name, in: parent, id: id))
        if response.status == .conflict { return }
        _ = try DriveFile(try succeeded(response, about: .container))
    }

    func change(
        _ id: String, _ document: String, adding parent: String? = nil, removing old: [String] = []
    ) async throws(UploadError) -> DriveFile {
        let response = try await bearer.send(wire.change(id, document, adding: parent, removing: old))
        return try DriveFile(try succeeded(response, about: .object))
    }

    func delete(_ id: String) async throws(UploadError) {
        let response = try await bearer.send(wire.delete(id))
        guard response.status != .notFound, response.status != .noContent else { return }
        _ = try succeeded(response, about: .object)
    }

    func generateIDs(_ count: Int) async throws(UploadError) -> [String] {
        let response = try succeeded(try await bearer.send(wire.generateIDs(count)), about: .container)
        return try DriveJSON.read(DriveJSON.IDs.self, response).ids
    }

    private func succeeded(_ response: HTTPResponse, about subject: GoogleFaults.Subject) throws(UploadError) -> HTTPResponse {
        guard response.status == .ok || response.status == .created else { throw faults.classify(response, about: subject) }
        return response
    }
}
