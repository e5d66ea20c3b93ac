import NIOConcurrencyHelpers
import UploadCore

/// An upload queue that uploads nothing: it records what is reported to it, and returns what the test wants.
final class RecordingQueue: UploadQueue {
    let state = NIOLockedValueBox(State())

    struct State {
        var events: [String] = []
        var statuses: [FileID: UploadStatus] = [:]
        var waits: [UploadScope] = []
        /// What a wait ends with; one without an outcome ends when it is cancelled.
        var outcome: Result<Void, UploadError>?
        var failure: (any Error)?
        /// An error that begins after so many events.
        var failureAfter: (events: Int, failure: any Error)?
        /// Files that may change without a report.
        var unseen: Set<FileID> = []
        /// How often a file was opened for writing that is passed through.
        var mayChange = 0
    }

    var events: [String] { state.withLockedValue { $0.events } }
    var waits: [UploadScope] { state.withLockedValue { $0.waits } }

    /// What was reported since this was last called.
    func takeEvents() -> [String] {
        state.withLockedValue { state in
            defer { state.events = [] }
            return state.events
        }
    }

    func change(_ body: (inout State) throws -> Void) rethrows {
        try state.withLockedValue { try body(&$0) }
    }

    private func record(_ event: String, _ update: (inout State) -> Void = { _ in }) throws {
        try state.withLockedValue { state in
            if let failure = state.failure { throw failure }
            state.events.append(event)
            update(&state)
            guard let (events, failure) = state.failureAfter else { return }
            state.failureAfter = events > 1 ? (events - 1, failure) : nil
            if events <= 1 { state.failure = failure }
        }
    }

    func report(_ change: FileEvent.Change) throws {
        switch change {
        case .contentWillChange(let file, let path, let unseen):
            try record("changes \(path)") { $0.unseen.formUnion(unseen ? [file] : []) }
        case .contentMayChange(let file):
            try self.change { state throws in
                if let failure = state.failure { throw failure }
                state.unseen.insert(file)
                state.mayChange += 1
            }
        case .writersClosed(let file):
            self.change { $0.unseen.remove(file) }
        case .contentClosed(let file, let path, let content, let urgent):
            try record("closed \(path) \(content.size)\(urgent ? " urgent" : "")") { state in
                if state.statuses[file] == nil {
                    state.statuses[file] = UploadStatus(state: .settling, bytesTotal: content.size, destination: "gs://demo/\(path)")
                }
            }
        case .timesChanged(_, let modified): try record("times \(modified)")
        case .renamed(_, let source, let target, let isDirectory, let replaced):
            try record("renamed \(source) -> \(target)\(isDirectory ? " directory" : "")\(replaced == nil ? "" : " replacing")")
        case .exchanged(_, let first, let second, _): try record("exchanged \(first) <-> \(second)")
        case .removed(let file, let path): try record("removed \(path)") { $0.unseen.remove(file) }
        case .control(let command, _): try record("control \(command.rawValue)")
        case .priority(let priority, _): try record("priority \(priority)")
        }
    }

    func synchronize() throws {}

    func status(of file: FileID) throws -> UploadStatus? {
        state.withLockedValue { $0.statuses[file] }
    }

    func status(below directory: SpoolPath) throws -> TreeStatus {
        var sum = TreeStatus()
        sum.filesTotal = state.withLockedValue { $0.statuses.count }
        sum.filesPending = sum.filesTotal
        sum.state = .queued
        return sum
    }

    func unfinished(below directory: SpoolPath, limit: Int) throws -> [(path: SpoolPath, status: UploadStatus)] {
        state.withLockedValue { $0.statuses.values.map { (SpoolPath("some/file"), $0) } }
    }

    func waitUntilUploaded(_ scope: UploadScope) async throws {
        let outcome = state.withLockedValue { state in
            state.waits.append(scope)
            return state.outcome
        }
        if let outcome { return try outcome.get() }
        try await Task.sleep(for: .seconds(600))
    }

    func closedContent(of file: FileID) throws -> ClosedContent? {
        ClosedContent(file: file, generation: 1)
    }

    func waitUntilUploaded(_ content: ClosedContent) async throws {
        try await waitUntilUploaded(.file(content.file))
    }
}
