import Glibc
import LinuxIO

/// The two descriptors of a pipe(2). Programs that are started meanwhile do not inherit them.
struct PipeEnds {
    let reading: Int32
    let writing: Int32

    init() throws(Errno) {
        var descriptors: [Int32] = [0, 0]
        try Errno.check(pipe(&descriptors))
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (descriptors[0], descriptors[1])
    }
}
