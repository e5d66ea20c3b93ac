import Foundation
import NIOConcurrencyHelpers
import Testing
import UploadCore
import UploadTestServer
import UploadTesting
import Uploading

/// The library as a program uses it, against a server.
@Suite struct UploadTests {
    static let chunk: Int64 = 256 << 10

    private func upload(
        _ source: PatternSource, _ backend: any UploadBackend, from checkpoint: UploadCheckpoint = UploadCheckpoint(),
        keep: @escaping @Sendable (UploadCheckpoint) throws -> Void = { _ in }
    ) -> Upload {
        Upload(
            of: source, as: ObjectDescription(key: ObjectKey("a"), size: nil, contentType: "x/y"), to: backend,
            options: .init(partLength: Self.chunk), from: checkpoint, keep: keep)
    }

    @Test(arguments: [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 3 * chunk + 77], [true, false])
    func dataArriveWhetherTheirEndIsKnownOrNot(size: Int64, knowsLength: Bool) async throws {
        try await Service.run { service in
            let source = PatternSource(size, knowsLength: knowsLength)
            let object = try await upload(source, service.googleStorage).run()
            #expect(object.size == size)
            #expect(object.digest == source.pattern.digest)
            #expect(service.counted("a").received == size)
        }
    }

    @Test func progressEndsWithTheWholeLength() async throws {
        try await Service.run { service in
            let upload = upload(PatternSource(3 * Self.chunk, knowsLength: false), service.googleStorage)
            let watching = Task {
                var states: [UploadProgress] = []
                for await state in upload.progress { states.append(state) }
                return states
            }
            _ = try await upload.run()
            let states = await watching.value
            #expect(states.map(\.bytesConfirmed) == states.map(\.bytesConfirmed).sorted())
            #expect(states.last?.bytesConfirmed == 3 * Self.chunk)
            #expect(states.last?.bytesTotal == 3 * Self.chunk)
            var late = upload.progress.makeAsyncIterator()
            #expect(await late.next()?.bytesTotal == 3 * Self.chunk)
            #expect(await late.next() == nil)
        }
    }

    @Test func anotherProcessGoesOnFromTheLastCheckpoint() async throws {
        try await Service.run { service in
            let source = PatternSource(5 * Self.chunk + 3)
            let kept = NIOLockedValueBox(Data())
            let first = upload(source, service.googleStorage) { checkpoint in
                let data = try JSONEncoder().encode(checkpoint)
                kept.withLockedValue { $0 = data }
            }
            while first.checkpoint.confirmed < 2 * Self.chunk { #expect(try await first.advance() == nil) }
            let checkpoint = try JSONDecoder().decode(UploadCheckpoint.self, from: kept.withLockedValue { $0 })
            #expect(checkpoint.confirmed == 2 * Self.chunk)
            let object = try await upload(source, service.googleStorage, from: checkpoint).run()
            #expect(object.digest == source.pattern.digest)
            #expect(service.counted("a").begun == 1)
            #expect(service.counted("a").resent == 0)
        }
    }

    @Test func stepsThatFailAreFollowedByAQuestion() async throws {
        try await Service.run { service in
            let source = PatternSource(3 * Self.chunk)
            service.server.faults.set([Fault(.part, skip: 1, action: FaultAction(loseResponse: true))])
            let upload = upload(source, service.googleStorage)
            var errors: [UploadError.Code] = []
            var object: RemoteObject?
            while object == nil {
                do { object = try await upload.advance() } catch let error as UploadError { errors.append(error.code) }
            }
            #expect(errors == [.connectionLost])
            #expect(object?.digest == source.pattern.digest)
            #expect(service.counted("a").resent == 0)
        }
    }

    @Test func whatGoesAwayByItselfIsWaitedOut() async throws {
        try await Service.run { service in
            service.server.faults.set([
                Fault(.begin, action: FaultAction(status: 503, retryAfter: 0)), Fault(.part, action: FaultAction(status: 500, retryAfter: 0)),
            ])
            let source = PatternSource(2 * Self.chunk)
            let object = try await upload(source, service.googleStorage).run()
            #expect(object.digest == source.pattern.digest)
        }
    }

    @Test func cancellingDropsTheSessionAtTheService() async throws {
        try await Service.run { service in
            let upload = upload(PatternSource(4 * Self.chunk), service.googleStorage)
            while upload.checkpoint.confirmed < Self.chunk { _ = try await upload.advance() }
            #expect(service.server.counters.snapshot().openSessions == 1)
            try await upload.cancel()
            #expect(service.server.counters.snapshot().openSessions == 0)
            #expect(upload.checkpoint.session == nil)
            #expect(upload.checkpoint.abandoned.isEmpty)
            let error = await #expect(throws: UploadError.self) { try await upload.run() }
            #expect(error?.code == .cancelled)
        }
    }

    @Test(arguments: [true, false])
    func aSessionWhoseOpeningHadNoResponseIsDropped(isFinished: Bool) async throws {
        try await Service.run { service in
            service.server.faults.set([Fault(.begin, action: FaultAction(loseResponse: true))])
            let upload = upload(PatternSource(3 * Self.chunk), service.huaweiOBS)
            while upload.checkpoint.begins.isEmpty { _ = try? await upload.advance() }
            #expect(service.server.counters.snapshot().openSessions == 1)
            if isFinished { _ = try await upload.run() } else { try await upload.cancel() }
            #expect(service.server.counters.snapshot().openSessions == 0)
            #expect(upload.checkpoint.begins.isEmpty)
        }
    }

    @Test func anUploadThatIsUnderWayCanBeCancelled() async throws {
        try await Service.run { service in
            service.server.faults.set([Fault(.part, skip: 1, action: FaultAction(stallAfterBytes: 100))])
            let upload = upload(PatternSource(4 * Self.chunk), service.googleStorage)
            let running = Task { try await upload.run() }
            for await state in upload.progress where state.bytesConfirmed >= Self.chunk { break }
            try await upload.cancel()
            await #expect(throws: UploadError.self) { try await running.value }
            #expect(service.server.counters.snapshot().openSessions == 0)
        }
    }

    @Test func aSourceThatFailsLosesNothing() async throws {
        try await Service.run { service in
            let broken = upload(PatternSource(4 * Self.chunk, failsAt: 2 * Self.chunk), service.googleStorage)
            let error = await #expect(throws: UploadError.self) { try await broken.run() }
            #expect(error?.code == .unreadable)
            #expect(broken.checkpoint.confirmed == 2 * Self.chunk)
            let source = PatternSource(4 * Self.chunk)
            let object = try await upload(source, service.googleStorage, from: broken.checkpoint).run()
            #expect(object.digest == source.pattern.digest)
            #expect(service.counted("a").resent == 0)
        }
    }

    @Test func aCheckpointThatCanNotBeKeptStopsTheUpload() async throws {
        try await Service.run { service in
            struct Full: Error {}
            await #expect(throws: Full.self) {
                try await upload(PatternSource(2 * Self.chunk), service.googleStorage) { _ in throw Full() }.run()
            }
        }
    }
}
