import FuseBridge
import LinuxIO
import UploadCore

/// Removing names.
extension UploadFilesystem {
    public func removeFile(_ name: [UInt8], in parent: NodeID) throws(Errno) {
        let parent = try node(parent)
        try tree.exclusive { () throws(Errno) in
            let path = try path(of: name, in: parent)
            let status = try spool.root.attributes(of: BytePath(path.bytes))
            let file = FileID(inode: status.inode)
            guard status.isRegularFile else {
                try spool.root.removeFile(BytePath(path.bytes))
                return dropName(of: file)
            }
            try carryOut(.removed(file, path: path)) { () throws(Errno) in
                try spool.root.removeFile(BytePath(path.bytes))
                dropName(of: file)
            }
        }
    }

    public func removeDirectory(_ name: [UInt8], in parent: NodeID) throws(Errno) {
        let parent = try node(parent)
        try tree.exclusive { () throws(Errno) in
            let path = try bytePath(of: name, in: parent)
            let status = try spool.root.attributes(of: path)
            try spool.root.removeDirectory(path)
            dropName(of: FileID(inode: status.inode))
        }
    }

    /// The caller holds the tree lock exclusively.
    func dropName(of file: FileID) {
        if let node = table.node(of: file) { table.remove(node) }
    }
}
