import UploadCore

/// What `status` knows of one path.
enum PathReport: Sendable, Equatable {
    case file(FileReport)
    case tree(TreeReport)

    var path: String {
        switch self {
        case .file(let report): report.path ?? ""
        case .tree(let report): report.path ?? ""
        }
    }

    /// Whether a file is still to be uploaded without help.
    var isPending: Bool {
        switch self {
        case .file(let report): report.state.isPending
        case .tree(let report): report.filesPending > report.filesStopped ?? 0
        }
    }

    var hasFailed: Bool {
        switch self {
        case .file(let report): report.state == .failed
        case .tree(let report): report.filesFailed > 0
        }
    }
}

extension PathReport: Encodable {
    func encode(to encoder: any Encoder) throws {
        switch self {
        case .file(let report): try report.encode(to: encoder)
        case .tree(let report): try report.encode(to: encoder)
        }
    }
}
