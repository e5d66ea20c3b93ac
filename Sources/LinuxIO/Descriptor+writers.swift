import CLinux
import Glibc

extension Descriptor {
    /// Whether any process has the file open for writing, or mapped so that stores change it, by whatever path.
    /// This descriptor must be open for reading only.
    ///
    /// Asks for a lease and gives it back at once. An open for writing that comes between the two waits for that moment, but one with
    /// `O_NONBLOCK` fails; so no one must be about to open the file.
    /// - Throws: `EINVAL` on file systems without leases.
    public func hasWriters() throws(Errno) -> Bool {
        let answer = clinux_has_writers(rawValue)
        try Errno.check(answer < 0 ? -1 : 0)
        return answer > 0
    }

    /// A file without a name on this directory's file system, open for reading and writing.
    public func openUnnamedFile() throws(Errno) -> Descriptor {
        try open(BytePath("."), O_RDWR | clinux_o_tmpfile, mode: 0o600)
    }
}
