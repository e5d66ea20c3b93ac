import Foundation
import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// `.uploadfs/status.json` at the mount's root: not listed, there when named, made when it is opened.
enum StatusPage {
    static let directoryName = Array(".uploadfs".utf8)
    static let fileName = Array("status.json".utf8)
    static let directoryNode: NodeID = rootNodeID + 1
    static let fileNode: NodeID = rootNodeID + 2
    static let lastNodeID = fileNode

    /// Files that the page lists one by one, at most.
    static let filesMax = 1000

    static func has(_ node: NodeID) -> Bool {
        node == directoryNode || node == fileNode
    }

    /// The whole mount, and each file with work left or trouble.
    struct Content: Encodable {
        let destination: String
        let totals: StatusReport
        let files: [File]

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: StatusReport.Name.self)
            try container.encode(destination, forKey: .init(stringValue: "destination"))
            try container.encode(files, forKey: .init(stringValue: "files"))
            try totals.encode(to: encoder)
        }
    }

    struct File: Encodable {
        let path: SpoolPath
        let report: StatusReport

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: StatusReport.Name.self)
            try container.encode(path.description, forKey: .init(stringValue: "path"))
            try report.encode(to: encoder)
        }
    }
}

extension UploadFilesystem {
    func statusPageEntry(_ name: [UInt8], in parent: NodeID) -> Entry? {
        let node: NodeID
        switch (parent, name) {
        case (rootNodeID, StatusPage.directoryName): node = StatusPage.directoryNode
        case (StatusPage.directoryNode, StatusPage.fileName): node = StatusPage.fileNode
        default: return nil
        }
        return Entry(node: node, attributes: statusPageAttributes(node), timeout: Self.timeout)
    }

    func statusPageAttributes(_ node: NodeID) -> Attributes {
        let isDirectory = node == StatusPage.directoryNode
        // No inode of the spool has such a number. The size is not known before the page is made; reads do not stop at it.
        let status = FileStatus(
            inode: UInt64.max - node, mode: isDirectory ? S_IFDIR | 0o555 : S_IFREG | 0o444, user: effectiveUser,
            group: effectiveGroup, time: started)
        return attributes(status)
    }

    func openStatusPage(_ node: NodeID, flags: Int32) throws(Errno) -> OpenedFile {
        guard node == StatusPage.fileNode else { throw Errno(EISDIR) }
        guard flags & O_ACCMODE == O_RDONLY else { throw Errno(EACCES) }
        let text = try withQueueErrors {
            let content = StatusPage.Content(
                destination: options.source, totals: StatusReport(try queue.status(below: .root)),
                files: try queue.unfinished(below: .root, limit: StatusPage.filesMax).map {
                    StatusPage.File(path: $0.path, report: StatusReport($0.status))
                })
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(content), as: UTF8.self).escapingUnprintableJSON
        }
        let page = TextHandle(Array(text.utf8) + [UInt8(ascii: "\n")])
        return OpenedFile(handle: HandleNumber.retain(page), mode: .direct, receivesFlush: false)
    }

    func listStatusPage(from offset: Int64, into listing: inout DirectoryListing) {
        let names: [([UInt8], mode_t)] = [
            (Array(".".utf8), S_IFDIR), (Array("..".utf8), S_IFDIR), (StatusPage.fileName, S_IFREG),
        ]
        for (index, (name, type)) in names.enumerated().dropFirst(max(0, Int(clamping: offset))) {
            guard listing.hasRoom(for: name) else { return }
            listing.add(name, inode: UInt64.max - UInt64(index), type: type, nextOffset: Int64(index) + 1)
        }
    }
}
