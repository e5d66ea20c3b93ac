import Glibc
import LinuxIO

/// Runs a small program and waits for it. Foundation's `Process` starts threads, which must not exist before a mount forks.
enum HelperProgram {
    struct Outcome {
        let isSuccess: Bool
        /// What it said on standard error, at most `textMax` bytes.
        let errorText: String
    }

    private static let textMax = 4096

    /// - Parameter arguments: the program's name, which is looked for in PATH, and its arguments.
    static func run(_ arguments: [String]) throws(Errno) -> Outcome {
        let pipe = try PipeEnds()
        defer { close(pipe.reading) }
        let spawned = Result { () throws(Errno) in try spawn(arguments, standardError: pipe.writing) }
        // Only the helper holds the writing end from now on, so that reading ends when it does.
        close(pipe.writing)
        let process = try spawned.get()
        let text = readAll(pipe.reading)
        var status: Int32 = 0
        try Errno.retrying { waitpid(process, &status, 0) }
        return Outcome(isSuccess: status == 0, errorText: text)
    }

    private static func spawn(_ arguments: [String], standardError: Int32) throws(Errno) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO)

        var vector: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for argument in vector { free(argument) } }
        var process = pid_t()
        let code = posix_spawnp(&process, arguments[0], &actions, nil, &vector, environ)
        guard code == 0 else { throw Errno(code) }
        return process
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: textMax)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            text += buffer.prefix(min(count, textMax - text.count))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
