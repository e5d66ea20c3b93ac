import FuseBridge
import LinuxIO
import NIOConcurrencyHelpers

/// The modes in which one file is open: through the kernel's page cache, around it, or by passthrough.
///
/// *Cache or not.* Writes that go around the cache save a copy, the pages, and a question about `security.capability`. But the
/// kernel drops the pages of a range before such a write and not after it, so that a reader in between would leave stale ones.
/// So the two never meet: who only writes goes around the cache unless someone uses it, and who comes while someone goes around
/// it does so, too. A memory map keeps its open file, and counts with it.
///
/// *Passthrough.* Where the mount has it, the cache is not used at all, and all who have a file open share one backing file; the
/// kernel refuses anything else.
// @unchecked: every mutable field is guarded by `lock`, which is the last one that is taken.
final class OpenModes: @unchecked Sendable {
    private let lock = NIOLock()
    private var cached = 0
    private var direct = 0
    private var passedThrough = 0
    /// While `passedThrough` is above 0.
    private var backing: BackingID = 0

    /// Chooses the mode of a file that is about to be open.
    /// - Parameters:
    ///   - kernel: nil where the mount has no passthrough.
    ///   - mayPass: whether the first to open the file may choose passthrough; later ones follow the first.
    func enter(_ file: FileHandle, _ kernel: KernelPassthrough?, mayPass: Bool) -> OpenMode {
        lock.withLock {
            if let kernel { return enter(file, kernel, mayPass: mayPass) }
            let isCached = file.isOnlyForWriting ? cached > 0 : direct == 0
            if isCached { cached += 1 } else { direct += 1 }
            return isCached ? .cached : .direct
        }
    }

    private func enter(_ file: FileHandle, _ kernel: KernelPassthrough, mayPass: Bool) -> OpenMode {
        if passedThrough == 0, direct == 0, mayPass, let opened = try? kernel.open(file.descriptor) { backing = opened }
        guard backing != 0 else {
            direct += 1
            return .direct
        }
        passedThrough += 1
        return .passthrough(backing)
    }

    func leave(_ mode: OpenMode, _ kernel: KernelPassthrough?) {
        lock.withLock {
            switch mode {
            case .cached: cached -= 1
            case .direct: direct -= 1
            case .passthrough:
                passedThrough -= 1
                guard passedThrough == 0 else { return }
                kernel?.close(backing)
                backing = 0
            }
        }
    }
}
