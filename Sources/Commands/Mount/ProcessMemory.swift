import CLinux
import Glibc

/// The process holds access tokens and keys in its memory.
enum ProcessMemory {
    /// No core file of this process is written, and where it serves other users, none of them can read its memory or trace it.
    static func keepSecret() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // A user's own mount stays readable in /proc for that user, who can use the credentials anyway: `unmount` looks there.
        if geteuid() == 0 { _ = clinux_set_undumpable() }
    }
}
