import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// The requests of Drive's API (version 3), without their credentials. Pure: nothing here does I/O.
struct DriveWire: Sendable {
    let endpoint: String

    /// What is made of an upload.
    enum Target: Equatable {
        case new(name: ServiceName, parent: String)
        case update(id: String)
    }

    // MARK: Uploads

    func put(_ target: Target, body: HTTPRequest.Body, boundary: String) -> HTTPRequest {
        HTTPRequest(
            method(target), uploadURL(target, "multipart"), headers: ["Content-Type": "multipart/related; boundary=\"\(boundary)\""], body: body)
    }

    func begin(_ target: Target, _ object: ObjectDescription) -> HTTPRequest {
        var headers: HTTPHeaders = ["Content-Type": ResumableRequest.json, "X-Upload-Content-Type": object.contentType]
        if let size = object.size { headers.add(name: "X-Upload-Content-Length", value: String(size)) }
        return HTTPRequest(
            method(target), uploadURL(target, "resumable"), headers: headers, body: .bytes(ByteBuffer(string: describing(target, object))))
    }

    func describing(_ target: Target, _ object: ObjectDescription) -> String {
        switch target {
        case .new(let name, let parent): DriveJSON.creating(object, name: name, in: parent)
        case .update: DriveJSON.updating(object)
        }
    }

    private func method(_ target: Target) -> HTTPMethod {
        if case .new = target { .POST } else { .PATCH }
    }

    /// The session remembers `fields`, so that its last response has them.
    private func uploadURL(_ target: Target, _ type: String) -> String {
        let fields = [("uploadType", type), ("supportsAllDrives", "true"), ("fields", DriveFile.fields)]
        let base = "\(endpoint)/upload/drive/v3/files"
        switch target {
        case .new: return "\(base)?\(PercentEncoding.query(fields))"
        case .update(let id): return "\(base)/\(PercentEncoding.encode(id))?\(PercentEncoding.query(fields))"
        }
    }

    // MARK: Files

    func get(_ id: String, fields: String = DriveFile.fields) -> HTTPRequest {
        HTTPRequest(.GET, fileURL(id, [("supportsAllDrives", "true"), ("fields", fields)]))
    }

    /// Another name, another folder.
    func change(_ id: String, _ document: String, adding parent: String? = nil, removing old: [String] = []) -> HTTPRequest {
        var fields = [("supportsAllDrives", "true"), ("fields", DriveFile.fields)]
        let leaving = old.filter { $0 != parent }
        if let parent, !old.contains(parent) { fields.append(("addParents", parent)) }
        if parent != nil, !leaving.isEmpty { fields.append(("removeParents", leaving.joined(separator: ","))) }
        return json(.PATCH, fileURL(id, fields), document)
    }

    /// For good, past the trash.
    func delete(_ id: String) -> HTTPRequest {
        HTTPRequest(.DELETE, fileURL(id, [("supportsAllDrives", "true")]))
    }

    func makeFolder(_ name: ServiceName, in parent: String, id: String) -> HTTPRequest {
        json(.POST, filesURL([("supportsAllDrives", "true"), ("fields", DriveFile.fields)]), DriveJSON.folder(name, in: parent, id: id))
    }

    func generateIDs(_ count: Int) -> HTTPRequest {
        HTTPRequest(.GET, "\(endpoint)/drive/v3/files/generateIds?count=\(count)&space=drive&type=files")
    }

    // MARK: Searches

    /// What a search is for.
    enum Kind {
        case folder, file

        fileprivate var condition: String {
            switch self {
            case .folder: "mimeType = '\(DriveFile.folderType)'"
            case .file: "mimeType != '\(DriveFile.folderType)'"
            }
        }
    }

    /// Asks for the files or folders that may have a name: more than have it, since `name = '…'` ignores case.
    ///
    /// Names are not unique. The folder that was created first is the one that counts, and the file that was created last.
    ///
    /// `name = '…'` has been reported not to find names with an upper-case letter beyond ASCII, which are there (rclone issue 1675,
    /// prasmussen/gdrive issue 357), and nothing is documented about Unicode forms. So only names in ASCII are searched for, and for
    /// others the folder is listed.
    func find(_ name: ServiceName, in parent: String, _ kind: Kind, after token: String? = nil) -> HTTPRequest {
        let isSearchable = name.text.utf8.allSatisfy { $0 < 0x80 }
        let condition = isSearchable ? "name = \(Self.quoted(name.text)) and " : ""
        let query = "\(condition)\(Self.quoted(parent)) in parents and \(kind.condition) and trashed = false"
        return search(
            query, fields: "nextPageToken,files(\(DriveFile.fields))", orderBy: kind == .folder ? "createdTime" : "createdTime desc",
            pageSize: isSearchable ? 100 : 1000, after: token)
    }

    /// The names of the files in a folder.
    func names(in parent: String, pageSize: Int, after token: String?) -> HTTPRequest {
        search(
            "\(Self.quoted(parent)) in parents and \(Kind.file.condition) and trashed = false",
            fields: "nextPageToken,files(id,name)", pageSize: pageSize, after: token)
    }

    private func search(
        _ query: String, fields: String, orderBy: String? = nil, pageSize: Int, after token: String? = nil
    ) -> HTTPRequest {
        let parameters = [
            ("q", query), ("fields", fields), ("orderBy", orderBy), ("pageSize", String(pageSize)), ("pageToken", token),
            ("supportsAllDrives", "true"), ("includeItemsFromAllDrives", "true"),
        ]
        return HTTPRequest(.GET, filesURL(parameters.compactMap { parameter in parameter.1.map { (parameter.0, $0) } }))
    }

    /// A text in a search: a backslash stands before a quote and before another backslash.
    static func quoted(_ text: String) -> String {
        var quoted = "'".unicodeScalars
        for scalar in text.unicodeScalars {
            if scalar == "\\" || scalar == "'" { quoted.append("\\") }
            quoted.append(scalar)
        }
        quoted.append("'")
        return String(quoted)
    }

    // MARK: URLs

    private func filesURL(_ fields: [(String, String)]) -> String {
        "\(endpoint)/drive/v3/files?\(PercentEncoding.query(fields))"
    }

    private func fileURL(_ id: String, _ fields: [(String, String)]) -> String {
        "\(endpoint)/drive/v3/files/\(PercentEncoding.encode(id))?\(PercentEncoding.query(fields))"
    }

    private func json(_ method: HTTPMethod, _ url: String, _ document: String) -> HTTPRequest {
        HTTPRequest(method, url, headers: ["Content-Type": ResumableRequest.json], body: .bytes(ByteBuffer(string: document)))
    }
}
