import CFuse
import Glibc
import LinuxIO

extension Operations {
    static func addDirectories(to operations: inout fuse_lowlevel_ops) {
        operations.opendir = { raw, node, info in
            guard let call = CallContext(raw), let info else { return }
            let filesystem = call.filesystem
            do throws(Errno) {
                let directory = try filesystem.openDirectory(node)
                info.pointee.fh = directory.handle
                // What the kernel has kept stays, also where it is not used this time.
                info.pointee.keep_cache = 1
                info.pointee.cache_readdir = directory.keepsNames ? 1 : 0
                if fuse_reply_open(call.raw, info) != 0 { filesystem.releaseDirectory(directory.handle, of: node) }
            } catch {
                fuse_reply_err(call.raw, error.code)
            }
        }
        operations.readdir = { raw, node, size, offset, info in
            Operations.list(raw, node, size, offset, info, withAttributes: false)
        }
        operations.readdirplus = { raw, node, size, offset, info in
            Operations.list(raw, node, size, offset, info, withAttributes: true)
        }
        operations.fsyncdir = { raw, node, _, info in
            guard let call = CallContext(raw), let handle = info?.pointee.fh else { return }
            let filesystem = call.filesystem
            call.reply { () throws(Errno) in try filesystem.synchronizeDirectory(handle, of: node) }
        }
        operations.releasedir = { raw, node, info in
            guard let call = CallContext(raw), let handle = info?.pointee.fh else { return }
            let filesystem = call.filesystem
            call.reply { () throws(Errno) in filesystem.releaseDirectory(handle, of: node) }
        }
    }

    private static func list(
        _ raw: fuse_req_t?, _ node: NodeID, _ size: Int, _ offset: off_t, _ info: UnsafeMutablePointer<fuse_file_info>?,
        withAttributes: Bool
    ) {
        guard let call = CallContext(raw), let handle = info?.pointee.fh else { return }
        let filesystem = call.filesystem
        let request = call.raw
        call.replyBytes(max: size) { (buffer) throws(Errno) in
            var listing = DirectoryListing(request: request, buffer: buffer, withAttributes: withAttributes)
            try filesystem.readDirectory(handle, of: node, from: Int64(offset), into: &listing)
            return listing.bytes.count
        }
    }
}
