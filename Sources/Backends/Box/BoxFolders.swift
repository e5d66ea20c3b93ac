import HTTPTransport
import NIOHTTP1
import UploadCore

/// The ids of the folders below the destination, each asked for once.
actor BoxFolders {
    private typealias Outcome = Result<BoxNames.Place, UploadError>

    private let root: String
    private let names: BoxNames
    private let clashes: BoxClashes
    /// By path below the root. A task, so that many files of a new folder wait for one request.
    private var ids: [[ServiceName]: Task<Outcome, Never>] = [:]

    init(root: String, names: BoxNames, clashes: BoxClashes) {
        self.root = root
        self.names = names
        self.clashes = clashes
    }

    /// The id of a folder, which is made where it is not there, and those above it.
    /// - Parameter source: the folder that a file is moved from. If Box treats its name as the same, it gets the new one.
    func make(_ path: [ServiceName], from source: [ServiceName]? = nil) async throws(UploadError) -> String {
        do throws(UploadError) {
            return try await makeMissing(path, source)
        } catch {
            // A folder that was remembered may have been removed since.
            guard error.code == .noSuchBucket, path.count > 1 else { throw error }
            forget(path)
            return try await makeMissing(path, source)
        }
    }

    private func makeMissing(_ path: [ServiceName], _ source: [ServiceName]?) async throws(UploadError) -> String {
        var id = root
        for depth in path.indices {
            let (key, parent, name) = (Array(path[...depth]), id, path[depth])
            let task = ids[key] ?? Task { [names] in await Self.result { () throws(UploadError) in try await names.makeFolder(name, in: parent) } }
            ids[key] = task
            switch try await value(of: task, key) {
            case .folder(let found): id = found
            case .taken(let item, let there): id = try await rename(item, there, to: key, source)
            }
        }
        return id
    }

    /// Gives a folder the name that is needed in its place, if it has no other use: a directory of the mount whose name was changed only
    /// in a way that Box does not distinguish.
    private func rename(
        _ item: BoxJSON.Item, _ name: ServiceName, to path: [ServiceName], _ source: [ServiceName]?
    ) async throws(UploadError) -> String {
        let former = path.dropLast() + [name]
        guard item.isFolder, let wanted = path.last, try await mayRename(item.id, Array(former), isSource: Self.isSource(former, of: path, source)),
            try await names.renameFolder(item.id, to: wanted)
        else { throw clashes.error(path, existing: name) }
        forget(Array(former))
        ids[path] = Task { .success(.folder(id: item.id)) }
        return item.id
    }

    private func mayRename(_ id: String, _ path: [ServiceName], isSource: Bool) async throws(UploadError) -> Bool {
        guard let isOnMount = clashes.isOnMount(path) else { return isSource }
        if isOnMount { return false }
        return if isSource { true } else { try await names.isEmpty(id) }
    }

    /// Whether a folder is one of those that a file is moved from.
    private static func isSource(_ former: ArraySlice<ServiceName>, of path: [ServiceName], _ source: [ServiceName]?) -> Bool {
        guard let source, source.count >= path.count, source[path.count - 1] == former.last else { return false }
        return zip(source, path).allSatisfy { $0.isAlike($1) }
    }

    /// The id of a folder; nil where it, or one above it, is not there.
    func find(_ path: [ServiceName]) async throws(UploadError) -> String? {
        var id = root
        for depth in path.indices {
            let key = Array(path[...depth])
            if let task = ids[key], case .folder(let found) = try await value(of: task, key) {
                id = found
            } else {
                guard let item = try await names.lookUp(path[depth], in: id), item.isFolder else { return nil }
                ids[key] = Task { .success(.folder(id: item.id)) }
                id = item.id
            }
        }
        return id
    }

    /// Forgets a folder, those above and those below: one of them is gone.
    func forget(_ path: [ServiceName]) {
        for depth in path.indices { ids[Array(path[...depth])] = nil }
        ids = ids.filter { !$0.key.starts(with: path) }
    }

    private func value(of task: Task<Outcome, Never>, _ key: [ServiceName]) async throws(UploadError) -> BoxNames.Place {
        let outcome = await task.value
        // Only a folder's id is remembered.
        if case .success(.folder) = outcome {} else if ids[key] == task { ids[key] = nil }
        return try outcome.get()
    }

    private static func result(_ body: () async throws(UploadError) -> BoxNames.Place) async -> Outcome {
        do throws(UploadError) { return .success(try await body()) } catch { return .failure(error) }
    }
}
