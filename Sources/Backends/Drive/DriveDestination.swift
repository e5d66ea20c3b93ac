import UploadCore

/// A folder of Google Drive, a path below it, and the service that has them.
public struct DriveDestination: Sendable, Equatable {
    /// The folder's id, that of a shared drive, or `root` for My Drive.
    public let folder: String
    /// Folders below it that every path begins with; made as they are needed.
    public let path: [ServiceName]
    /// Base URL of the service, without a slash at its end.
    public let endpoint: String

    public static let defaultEndpoint = "https://www.googleapis.com"
    /// Only `drive.file` would leave folders out that this program did not make, such as the destination itself.
    public static let scope = "https://www.googleapis.com/auth/drive"

    public init(folder: String, path: [ServiceName] = [], endpoint: String = defaultEndpoint) {
        self.folder = folder
        self.path = path
        self.endpoint = endpoint
    }

    /// - Parameters:
    ///   - text: `gdrive://FOLDER_ID[/PATH]`.
    ///   - endpoint: the option `endpoint=URL`.
    public init(_ text: String, endpoint: String?) throws(DestinationError) {
        guard text.lowercased().hasBytes(prefix: "gdrive://") else {
            throw DestinationError("\(text) is not a Drive destination; write gdrive://FOLDER_ID or gdrive://root")
        }
        let parts = text.dropping(bytes: 9).pieces(at: "/")
        guard let folder = parts.first, !folder.isEmpty, folder.utf8.allSatisfy(Self.isOfID) else {
            throw DestinationError("\(text) names no folder; use gdrive://FOLDER_ID with the last part of the folder's URL, or gdrive://root")
        }
        let path = parts.dropFirst().filter { !$0.isEmpty }
        if path.contains(where: { $0 == "." || $0 == ".." }) {
            throw DestinationError("the path in \(text) cannot be used: it has a part of only dots")
        }
        let base = try endpoint.map { text throws(DestinationError) in try ServiceURL.base(text) }
        self.init(folder: folder, path: path.map { ServiceName($0) }, endpoint: base ?? Self.defaultEndpoint)
    }

    /// The destination as it is shown.
    public var url: String { (["gdrive:/", folder] + path.map(\.text)).joined(separator: "/") }

    private static func isOfID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
