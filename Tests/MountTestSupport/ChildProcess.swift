import Foundation

/// A program in a process of its own.
///
/// Foundation's `Process` does the same, and now and then reads beyond its memory while it starts one, which ends the whole test run.
public final class ChildProcess {
    public let processIdentifier: pid_t
    public let arguments: [String]
    /// The exit status, or the number of the signal that ended it; 0 while it runs.
    public private(set) var terminationStatus: Int32 = 0
    private var hasEnded = false

    /// Starts `arguments`, the first of which is looked for on the environment's PATH. It has no descriptors but the three, and no
    /// signal is blocked or ignored.
    public init(_ arguments: [String], environment: [String: String], output: String, errors: String) throws {
        self.arguments = arguments
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_APPEND, 0)
        // What is not open is no error.
        for descriptor: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let command = (["/usr/bin/env"] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in command + variables { free(text) } }
        var started: pid_t = 0
        let problem = posix_spawn(&started, "/usr/bin/env", &actions, &attributes, command, variables)
        guard problem == 0 else { throw Failed(description: "cannot start \(arguments): \(String(cString: strerror(problem)))") }
        processIdentifier = started
    }

    public var isRunning: Bool {
        if hasEnded { return false }
        var status: Int32 = 0
        guard waitpid(processIdentifier, &status, WNOHANG) == processIdentifier else { return true }
        hasEnded = true
        let signal = status & 0x7F
        terminationStatus = signal == 0 ? status >> 8 & 0xFF : signal
        return false
    }

    /// Does nothing once it has ended: the number may be another's by then.
    public func send(_ signal: Int32) {
        if isRunning { kill(processIdentifier, signal) }
    }
}
