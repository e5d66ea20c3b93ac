/// What a command reports to its caller by its exit status: those of sysexits(3) from 64 on, and those of `wait`.
public enum ExitStatus: Int32, Sendable {
    case success = 0
    /// `wait`, `unmount --drain`: at least one upload failed.
    case uploadFailed = 1
    /// `wait`, `unmount --drain`: the time was over first.
    case timedOut = 2
    /// EX_USAGE: a wrong option, URL or argument.
    case usage = 64
    /// EX_NOINPUT: something that was named does not exist.
    case noInput = 66
    /// EX_UNAVAILABLE: cannot be done here, or is not supported yet.
    case unavailable = 69
    /// EX_SOFTWARE: an error in uploadfs itself.
    case software = 70
    /// EX_OSERR: the system refused.
    case systemError = 71
    /// EX_CANTCREAT: a file or directory cannot be created.
    case cannotCreate = 73
    /// EX_IOERR: reading or writing failed.
    case ioError = 74
    /// EX_TEMPFAIL: in use now; may work later.
    case temporaryFailure = 75
    /// EX_PROTOCOL: the service responded in a way that nothing can be done about.
    case protocolError = 76
    /// EX_NOPERM: not allowed.
    case noPermission = 77
    /// EX_CONFIG: a file that uploadfs reads is not as it must be.
    case configuration = 78
}
