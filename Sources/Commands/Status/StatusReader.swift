import UploadCore
import Foundation
import Glibc
import LinuxIO

/// Asks a mount how the uploads of a file, or of all files below a directory, stand.
enum StatusReader {
    static func read(_ target: MountedPath) throws(CommandFailure) -> PathReport {
        var attributes = stat()
        guard lstat(target.path, &attributes) == 0 else { throw target.failure(target.shown.printable, .current) }
        switch attributes.st_mode & S_IFMT {
        case S_IFDIR:
            var report = try report(of: target, TreeReport.self)
            report.path = target.shown
            report.unfinished = unfinished(below: target)
            return .tree(report)
        case S_IFREG:
            var report = try report(of: target, FileReport.self)
            report.path = target.shown
            return .file(report)
        default:
            throw CommandFailure(.noInput, "\(target.shown.printable) is neither a file nor a directory, so it is not uploaded")
        }
    }

    private static func report<Report: Decodable>(of target: MountedPath, _ type: Report.Type) throws(CommandFailure) -> Report {
        let json: String
        do {
            json = try target.attribute("json")
        } catch {
            throw target.failure("the upload status of \(target.shown.printable) cannot be read", error)
        }
        do {
            return try JSONDecoder().decode(type, from: Data(json.utf8))
        } catch {
            throw CommandFailure(.software, "unexpected response from the mount about \(target.shown.printable)")
        }
    }

    /// From the mount's status page, which knows all of the mount: those below the directory, as paths relative to it.
    private static func unfinished(below target: MountedPath) -> [FileReport] {
        guard let page = StatusPageDocument.read(mountpoint: target.mount.mountpoint) else { return [] }
        let directory = target.path.utf8.dropFirst(target.mount.mountpoint.utf8.count).drop { $0 == UInt8(ascii: "/") }
        let prefix = directory.isEmpty ? "" : String(decoding: directory, as: UTF8.self) + "/"
        return page.files.compactMap { file in
            guard let path = file.path, path.startsWithBytes(of: prefix) else { return nil }
            var file = file
            file.path = String(decoding: path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
            return file
        }
    }
}
