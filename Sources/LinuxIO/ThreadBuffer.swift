import CLinux
import Glibc

/// Scratch memory that belongs to the calling thread and is used again and again, so that a read does not allocate.
public enum ThreadBuffer {
    /// The buffer must not be kept, nor asked for a second time before the first use has ended.
    public static func bytes(_ count: Int) throws(Errno) -> UnsafeMutableRawBufferPointer {
        guard let start = clinux_thread_buffer(max(count, 1)) else { throw Errno(ENOMEM) }
        return UnsafeMutableRawBufferPointer(start: start, count: count)
    }
}
