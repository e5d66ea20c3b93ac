import FuseBridge
import Glibc
import LinuxIO

/// Tries out, on a file without a name, whether the kernel and the spool's file system give what passthrough needs.
enum PassthroughProbe {
    /// - Parameter directory: one of the spool's.
    static func run(_ kernel: KernelPassthrough, in directory: borrowing Descriptor) throws(PassthroughProblem) -> ChangeTimes {
        let times: ChangeTimes?
        do throws(Errno) {
            try tryBacking(kernel, in: directory)
            times = try tryTimes(directory.openUnnamedFile())
        } catch {
            throw .refused(error)
        }
        guard let times else { throw .changesHidden }
        return times
    }

    private static func tryBacking(_ kernel: KernelPassthrough, in directory: borrowing Descriptor) throws(Errno) {
        kernel.close(try kernel.open(try directory.openUnnamedFile()))
    }

    /// nil where a change of the file, or someone who can change it, may stay hidden.
    private static func tryTimes(_ file: consuming Descriptor) throws(Errno) -> ChangeTimes? {
        guard let times = try changeTimes(of: file), try changesThroughMap(file, times) else { return nil }
        let reader = try file.reopened(O_RDONLY)
        guard try reader.hasWriters() else { return nil }
        _ = consume file
        return try reader.hasWriters() ? nil : times
    }

    /// nil where even changes at different times look the same.
    private static func changeTimes(of file: borrowing Descriptor) throws(Errno) -> ChangeTimes? {
        var times = ChangeTimes.fine
        // They take less time than two beats of a coarse clock, so one of them shows it.
        for _ in 0..<8 where try !changes(file, .fine) { times = .coarse }
        if times == .fine { return times }
        return try changes(file, .coarse) ? times : nil
    }

    private static func changes(_ file: borrowing Descriptor, _ times: ChangeTimes) throws(Errno) -> Bool {
        let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { byte.deallocate() }
        byte[0] = 1
        return try isSeen(in: file, times) { () throws(Errno) in _ = try file.write(UnsafeRawBufferPointer(byte), at: 0) }
    }

    /// Whether the first store to a page shows, also after a load, and the first one after it was written back.
    private static func changesThroughMap(_ file: borrowing Descriptor, _ times: ChangeTimes) throws(Errno) -> Bool {
        let map = mmap(nil, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file.rawValue, 0)
        guard let map, map != MAP_FAILED else { throw Errno.current }
        defer { munmap(map, 1) }
        for _ in 0..<2 {
            let store = { map.storeBytes(of: map.load(as: UInt8.self) &+ 1, as: UInt8.self) }
            _ = map.load(as: UInt8.self)
            guard try isSeen(in: file, times, store) else { return false }
            try file.synchronize(metadata: false)
        }
        return true
    }

    private static func isSeen(
        in file: borrowing Descriptor, _ times: ChangeTimes, _ change: () throws(Errno) -> Void
    ) throws(Errno) -> Bool {
        let before = try file.attributes()
        times.pass(before)
        try change()
        return try file.attributes().modifiedNanoseconds != before.modifiedNanoseconds
    }
}
