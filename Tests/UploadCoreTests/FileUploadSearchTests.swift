import Testing

@testable import UploadCore

/// Runs every order of events up to a depth, and long random ones, and asks of each: whatever has happened, does the service end up
/// with what the mount shows, once, and with nothing left open? That is the rules of the design in one sentence.
@Suite struct FileUploadSearchTests {
    /// Starting points that take some steps to reach.
    static let prefixes: [[SearchWorld.Step]] = [
        [],
        [.writeA, .close, .time, .claim, .openSession],
        [.writeA, .close, .time, .claim, .sendCommit],
        [.writeA, .close, .time, .claim, .sendCommit, .serviceCommits, .response],
        [.writeA, .close, .time, .claim, .sendCommit, .serviceCommits, .response, .renameAB, .time, .claim, .sendCommit],
        [
            .writeA, .close, .time, .claim, .sendCommit, .serviceCommits, .response, .writeB, .close, .time, .claim, .sendCommit, .serviceCommits,
            .response,
        ],
    ]

    @Test(arguments: prefixes.indices) func everyOrderOfEventsEndsWell(prefix: Int) throws {
        let start = SearchWorld()
        for step in Self.prefixes[prefix] {
            let isPossible = try start.take(step)
            try #require(isPossible)
        }
        var seen: Set<String> = [start.fingerprint]
        var level: [(world: SearchWorld, trace: [SearchWorld.Step])] = [(start, [])]
        for _ in 0..<3 {
            var next: [(SearchWorld, [SearchWorld.Step])] = []
            for (world, trace) in level {
                for step in SearchWorld.Step.allCases {
                    let changed = SearchWorld(copying: world)
                    guard try changed.take(step), seen.insert(changed.fingerprint).inserted else { continue }
                    let steps = trace + [step]
                    if let problem = try Self.problem(after: changed) {
                        Issue.record("\(problem), after \((Self.prefixes[prefix] + steps).map(\.rawValue))")
                        return
                    }
                    next.append((changed, steps))
                }
            }
            level = next
        }
        #expect(seen.count > 100)
    }

    @Test(arguments: 0..<40) func longRandomOrdersEndWell(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        for _ in 0..<15 {
            let world = SearchWorld()
            var trace: [SearchWorld.Step] = []
            for _ in 0..<40 {
                guard let step = SearchWorld.Step.allCases.randomElement(using: &random) else { continue }
                if try world.take(step) { trace.append(step) }
            }
            if let problem = try Self.problem(after: world) {
                Issue.record("\(problem), seed \(seed), after \(trace.map(\.rawValue))")
                return
            }
        }
    }

    /// Lets everything come to rest: files are closed, nothing is paused, requests are answered, time passes.
    /// - Returns: what is wrong then.
    static func problem(after world: SearchWorld) throws -> String? {
        let world = SearchWorld(copying: world)
        // Fragments are closed again by their writers; what was cancelled or refused is retried.
        let path = SpoolPath("a.part")
        if let file = world.names[path] { _ = try world.take(.renameFromPart); _ = file }
        while try world.take(.close) {}
        for step in [SearchWorld.Step.resume, .retry] { _ = try world.take(step) }
        var idle = 0
        var steps = 0
        while idle < 3 {
            var isBusy = false
            for step in [SearchWorld.Step.serviceCommits, .response, .remoteTask, .claim, .sendCommit] {
                if try world.take(step) { isBusy = true }
            }
            steps += 1
            if steps > 500 { return "it never comes to rest: \(world.fingerprint)" }
            if !isBusy { idle += 1 }
            world.now += 400_000
        }
        for (path, file) in world.names {
            guard let upload = world.uploads[file] else { return "\(path) has no row" }
            guard upload.phase == .uploaded else { return "\(path) is \(upload.phase)" }
            guard let object = world.objects[ObjectKey(path.description)] else { return "\(path) is not at the service" }
            if object.content != world.contents[file] { return "\(path) has content \(object.content), not \(world.contents[file] ?? 0)" }
            if upload.object?.version != "\(object.version)" { return "\(path): another version is at the service" }
        }
        if world.objects.count != world.names.count { return "objects without files: \(world.objects.keys.map(\.text).sorted())" }
        if !world.sessions.isEmpty { return "a session is left open" }
        if world.uploads.count != world.names.count { return "rows without files" }
        return world.tasks.isEmpty ? nil : "tasks are left: \(world.tasks)"
    }
}

/// Numbers that a seed determines (xorshift64).
private struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
