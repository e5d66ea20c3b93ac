import struct Foundation.Date
import UploadCore

/// The folders below the destination's, by their paths: looked up or made once, and remembered.
///
/// Nothing at the service keeps two folders, or two files, from having one name, so only this does it: whoever needs the same
/// folder waits for whoever asked first, and the names in a folder are listed once instead of asking for each file. A listing serves for
/// a minute; what others put there meanwhile is noticed after that.
actor DriveFolders {
    /// How long a listing is believed, in seconds.
    static let listingLifeSeconds = 60.0
    /// A folder with more names is asked about each.
    static let namesPerFolderMax = 10_000
    /// With more names in memory, all listings are dropped.
    static let namesMax = 200_000

    private struct Listing {
        var names: Set<ServiceName>
        let made: Date
    }

    private let root: String
    private let client: DriveClient
    private let ids: DriveIDs
    private let now: @Sendable () -> Date
    private var known: [[ServiceName]: String] = [:]
    private var listings: [String: Listing] = [:]
    /// Ids of folders whose creation had no response.
    private var promised: [[ServiceName]: String] = [:]
    private var looking: [[ServiceName]: Task<String?, any Error>] = [:]
    private var listing: [String: Task<Set<ServiceName>?, any Error>] = [:]

    init(root: String, client: DriveClient, ids: DriveIDs, now: @escaping @Sendable () -> Date) {
        self.root = root
        self.client = client
        self.ids = ids
        self.now = now
    }

    // MARK: Folders

    /// The id of the folder at a path; nil where there is none.
    func find(_ path: [ServiceName]) async throws(UploadError) -> String? {
        try await folder(path, making: false)
    }

    /// The id of the folder at a path, which is made where there is none.
    func make(_ path: [ServiceName]) async throws(UploadError) -> String {
        guard let id = try await folder(path, making: true) else {
            throw UploadError(.serverFault, "the folder \(ObjectKey(names: path)) could not be created")
        }
        return id
    }

    /// Forgets the folders on the way to a path: one of them is gone.
    func forget(_ path: [ServiceName]) {
        for length in 0...path.count {
            guard let id = known.removeValue(forKey: Array(path.prefix(length))) else { continue }
            listings[id] = nil
        }
    }

    static func gone(_ path: [ServiceName]) -> UploadError {
        UploadError(.serverFault, "the folder \(ObjectKey(names: path)) no longer exists; looking it up again")
    }

    private func folder(_ path: [ServiceName], making: Bool) async throws(UploadError) -> String? {
        while true {
            if let id = known[path] { return id }
            if let task = looking[path] {
                // Whoever was first may have looked only, and found nothing.
                if let id = try await Self.value(of: task) { return id }
                if !making { return nil }
                continue
            }
            let task = Task { try await look(path, making: making) }
            looking[path] = task
            defer { looking[path] = nil }
            return try await Self.value(of: task)
        }
    }

    private func look(_ path: [ServiceName], making: Bool) async throws(UploadError) -> String? {
        guard let name = path.last else { return try await lookRoot() }
        guard let parent = try await folder(path.dropLast(), making: making) else { return nil }
        if let found = try await client.find(name, in: parent, .folder) {
            known[path] = found.id
            return found.id
        }
        guard making else { return nil }
        if promised[path] == nil { promised[path] = try await ids.next() }
        guard let id = promised[path] else { return nil }
        do throws(UploadError) {
            try await client.makeFolder(name, in: parent, id: id)
        } catch {
            // The folder above may have been removed since it was looked up.
            guard error.code == .noSuchBucket, path.count > 1 else { throw error }
            forget(path.dropLast())
            throw Self.gone(path.dropLast())
        }
        promised[path] = nil
        known[path] = id
        listings[id] = Listing(names: [], made: now())
        return id
    }

    /// Files name their folder by its id, and never by the alias `root`.
    private func lookRoot() async throws(UploadError) -> String {
        guard root == "root" else {
            known[[]] = root
            return root
        }
        guard let file = try await client.file(root) else { throw client.faults.missing }
        known[[]] = file.id
        return file.id
    }

    // MARK: Names

    /// Whether a file of this name is in a folder, as far as is known.
    func isTaken(_ name: ServiceName, in folder: String) async throws(UploadError) -> Bool {
        if let names = try await names(in: folder) { return names.contains(name) }
        return try await client.find(name, in: folder, .file) != nil
    }

    /// Notes whether a file of this name is in a folder.
    func note(_ name: ServiceName, in folder: String, isThere: Bool) {
        if isThere { listings[folder]?.names.insert(name) } else { listings[folder]?.names.remove(name) }
    }

    private func names(in folder: String) async throws(UploadError) -> Set<ServiceName>? {
        if let listing = listings[folder], (0..<Self.listingLifeSeconds).contains(now().timeIntervalSince(listing.made)) { return listing.names }
        if let task = listing[folder] { return try await Self.value(of: task) }
        let asked = now()
        let task = Task { [client] in try await client.names(in: folder, namesMax: Self.namesPerFolderMax) }
        listing[folder] = task
        defer { listing[folder] = nil }
        guard let names = try await Self.value(of: task) else { return nil }
        if listings.values.reduce(names.count, { $0 + $1.names.count }) > Self.namesMax { listings = [:] }
        listings[folder] = Listing(names: names, made: asked)
        return names
    }

    private static func value<Value>(of task: Task<Value, any Error>) async throws(UploadError) -> Value {
        try await task.result.mapError(UploadError.init(caught:)).get()
    }
}
