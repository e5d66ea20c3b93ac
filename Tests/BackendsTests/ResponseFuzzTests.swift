import Credentials
import Foundation
import HTTPTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// Every request of every backend, answered with valid responses that were changed at random: each ends with a result or an
/// `UploadError`, after a bounded number of requests. Whatever traps ends the test run.
@Suite(.timeLimit(.minutes(20))) struct ResponseFuzzTests {
    private static let rounds = 120
    /// No call makes as many requests, unless it goes round in circles.
    private static let requestsMax = 2500

    private static let statuses = [
        200, 200, 200, 200, 200, 200, 201, 202, 204, 301, 308, 308, 400, 401, 403, 404, 408, 409, 410, 412, 413, 416, 429, 499, 500, 501, 503, 507,
        999,
    ]

    private static let headers: [(name: String, samples: [String])] = [
        ("Location", ["https://h.example/up?upload_id=x", "http://[::1]:80/", "https://h:99999/"]), ("Range", ["bytes=0-4", "bytes=0-262143"]),
        ("ETag", ["\"900150983cd24fb0d6963f7d28e17f72\"", "e-1"]), ("Content-Length", ["5"]),
        ("Retry-After", ["7", "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"]),
        ("Date", ["Sat, 28 Nov 2026 19:00:00 GMT", "Sun Nov  6 08:49:37 1994"]), ("x-goog-hash", ["crc32c=4waSgw==,md5=AAAA"]),
        ("x-obs-checksum-crc64ecma", ["11051210869376104954"]), ("x-obs-meta-uploadfs-token", ["t"]),
        ("Content-Type", ["application/json", "text/plain"]),
    ]

    private static let google = [
        #"{"kind":"storage#object","id":"b/a/7","name":"a","generation":"7","etag":"CAE=","size":"5","crc32c":"4waSgw==","metadata":{"k":"v"}}"#,
        #"{"done":false,"rewriteToken":"t","totalBytesRewritten":"5"}"#, #"{"done":true,"resource":{"id":"i","generation":"8","size":"5"}}"#,
        #"{"error":{"code":403,"message":"No. crc32c does not match","errors":[{"reason":"rateLimitExceeded"}],"status":"X","details":[{"reason":"Y"}]}}"#,
        #"{"id":"1","name":"a","size":"5","headRevisionId":"r","parents":["f"],"mimeType":"text/plain","trashed":false,"sha256Checksum":"00ff"}"#,
        #"{"files":[{"id":"1","name":"a","size":"5","headRevisionId":"r","parents":["f"]}],"nextPageToken":"t"}"#, #"{"files":[]}"#,
        #"{"ids":["1","2"]}"#, #"{"id":"1","picture":{"size":5,"hash":"00ff"},"items":[{"id":"1"}]}"#,
    ]

    private static let box = [
        #"{"part_size":100,"total_parts":1,"session_expires_at":"2026-12-12T10:53:43-08:00","session_endpoints":"#
            + #"{"upload_part":"https://upload.box.com/p","commit":"https://upload.box.com/c","abort":"https://upload.box.com/a","list_parts":"https://upload.box.com/l"}}"#,
        #"{"part":{"part_id":"p","offset":0,"size":5,"sha1":"00ff"}}"#,
        #"{"entries":[{"part_id":"p","offset":0,"size":5,"sha1":"00"}],"total_count":1}"#,
        #"{"entries":[]}"#, #"{"upload_url":"https://upload.box.com/x"}"#, #"{"type":"folder","id":"5","name":"d"}"#,
        #"{"entries":[{"type":"file","id":"1","name":"a","etag":"0","size":5,"sha1":"00","parent":{"id":"0"}}],"next_marker":"m"}"#,
        #"{"type":"file","id":"1","etag":"0","size":5,"name":"a","parent":{"id":"0"}}"#,
        #"{"type":"error","code":"item_name_in_use","message":"no","context_info":{"conflicts":[{"type":"file","id":"1","name":"a","etag":"0"}]}}"#,
    ]

    private static let xml = [
        "<InitiateMultipartUploadResult xmlns='x'><UploadId>U</UploadId></InitiateMultipartUploadResult>",
        "<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag><Size>5</Size></Part>"
            + "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker></ListPartsResult>",
        "<ListMultipartUploadsResult><Upload><Key>a</Key><UploadId>U</UploadId><Initiated>2026-11-28T19:00:00.000Z</Initiated></Upload>"
            + "<IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>U</NextUploadIdMarker></ListMultipartUploadsResult>",
        "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>", "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>",
        "<CopyPartResult><ETag>e</ETag></CopyPartResult>", "<Error><Code>SlowDown</Code><Message>&#33; no</Message><Endpoint>h</Endpoint></Error>",
    ]

    /// Answers at random, in the forms that `samples` show.
    private final class Answers: Sendable {
        private let mutator: NIOLockedValueBox<Mutator>
        private let requests = NIOLockedValueBox(0)
        private let samples: [String]

        init(seed: UInt64, _ samples: [String]) {
            mutator = NIOLockedValueBox(Mutator(seed: seed))
            self.samples = samples
        }

        var count: Int { requests.withLockedValue { $0 } }

        func next() throws(UploadError) -> HTTPResponse {
            let count = requests.withLockedValue { count in
                count += 1
                return count
            }
            guard count <= requestsMax else { throw UploadError(.cancelled, "a call goes round in circles") }
            return mutator.withLockedValue { mutator in
                var headers = HTTPHeaders()
                for (name, samples) in ResponseFuzzTests.headers where mutator.number(below: 3) > 0 {
                    headers.add(name: name, value: mutator.text(like: samples))
                }
                let status = mutator.choice(statuses) ?? 200
                return HTTPResponse(status: .init(statusCode: status), headers: headers, body: ByteBuffer(bytes: mutator.bytes(like: samples)))
            }
        }
    }

    /// All that the engine asks of a backend, for an object of five bytes, in a session that is stored in some form.
    private func exercise(_ backend: any UploadBackend, _ mutator: inout Mutator, handles: [String]) async {
        let partSizes: [Int64?] = [nil, 0, 1, -1, 5, 100, .max, .min]
        let session = UploadSession(handle: mutator.text(like: handles), expiresAt: nil, partSize: mutator.choice(partSizes) ?? nil)
        let versions = ["7", "1 r", "1/0", "e/t", mutator.text(like: ["7", "1 r", "1/0"])]
        let preconditions: [Precondition] = [.none, .absent, .version(mutator.choice(versions) ?? "7")]
        var object = ObjectDescription(
            key: ObjectKey("d/a"), size: 5, contentType: "text/plain", modified: mutator.choice([0, .max, .min, nil]) ?? nil)
        object.precondition = mutator.choice(preconditions) ?? .none
        let pattern = BytePattern(size: 5)
        let digest = pattern.digest(backend.capabilities.digest)
        let bodyDigest = backend.capabilities.bodyDigest.map { pattern.digest($0) }
        let part = Part(number: session.partSize == nil ? 0 : 1, offset: 0, length: 5, isLast: true)
        let receipt = PartReceipt(number: 1, offset: 0, length: 5, token: "t", digest: bodyDigest)
        object.reservation = try? await backend.reserve(object)
        _ = try? await backend.find(object.key)
        _ = try? await backend.put(object, body: pattern.body, digest: digest, bodyDigest: bodyDigest)
        if let begun = try? await backend.begin(object) { _ = try? await backend.probe(begun, of: object) }
        _ = try? await backend.probe(session, of: object)
        _ = try? await backend.send(part, of: object, in: session, body: pattern.body, digest: bodyDigest ?? digest)
        _ = try? await backend.commit(session, of: object, parts: session.partSize == nil ? [] : [receipt], digest: digest)
        try? await backend.abort(session)
        _ = try? await backend.orphanedSessions(SessionBegin(key: object.key, from: .now))
        _ = backend.identity(of: session)
        _ = try? await backend.move(object.key, version: mutator.choice(versions), to: ObjectKey("d/b"))
        try? await backend.remove(object.key, version: mutator.choice(versions))
        _ = try? await (backend as? any DestinationProbing)?.probeAccess()
    }

    private func run(
        _ seed: UInt64, _ samples: [String], handles: [String], _ backend: (RecordingTransport) throws -> any UploadBackend
    ) async throws {
        var mutator = Mutator(seed: seed)
        for round in 0..<Self.rounds {
            let answers = Answers(seed: seed &+ UInt64(round), samples)
            let transport = RecordingTransport { _ throws(UploadError) in try answers.next() }
            await exercise(try backend(transport), &mutator, handles: handles)
            #expect(answers.count < Self.requestsMax, "seed \(seed), round \(round)")
        }
    }

    private static let url = "https://h.example/up?upload_id=x"
    private static let multipart = MultipartHandle(id: "U", key: ObjectKey("d/a"), hasOpaqueTags: false).text

    @Test(arguments: FuzzSeeds.all)
    func cloudStorage(_ seed: UInt64) async throws {
        let destination = GoogleStorageDestination(bucket: "bkt", prefix: "", endpoint: "https://h.example")
        try await run(seed, Self.google, handles: [Self.url]) {
            GoogleStorageBackend(destination: destination, transport: $0, tokens: StaticToken("t"))
        }
        try await run(seed, Self.google + Self.xml + Self.xml, handles: [Self.url, Self.multipart]) {
            ParallelGoogleStorageBackend(GoogleStorageBackend(destination: destination, transport: $0, tokens: StaticToken("t")))
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func drive(_ seed: UInt64) async throws {
        try await run(seed, Self.google, handles: [Self.url]) {
            DriveBackend(destination: DriveDestination(folder: "f", endpoint: "https://h.example"), transport: $0, tokens: StaticToken("t"))
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func mediaMethods(_ seed: UInt64) async throws {
        let resource = try MediaMethodResource(
            item: "https://h/a/{id}", search: "https://h/a?name={path}", found: "items[-1]", rename: #"{"name":"{name}"}"#)
        let options = try MediaMethodOptions(sizePath: "picture.size", digest: "md5:picture.hash", resource: resource)
        let destination = try MediaMethodDestination("google+https://h.example/upload/x", endpoint: nil)
        try await run(seed, Self.google, handles: [Self.url]) {
            MediaMethodBackend(destination: destination, options: options, transport: $0, tokens: StaticToken("t"))
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func box(_ seed: UInt64) async throws {
        let handle = BoxSessionHandle(
            part: "https://upload.box.com/p", list: "https://upload.box.com/l", commit: "https://upload.box.com/c", abort: "https://upload.box.com/a",
            etag: "0"
        ).text
        try await run(seed, Self.box, handles: [handle]) {
            BoxBackend(destination: BoxDestination(folderID: "0"), transport: $0, tokens: StaticToken("t"))
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func obs(_ seed: UInt64) async throws {
        let destination = OBSDestination(bucket: "bkt", prefix: "", endpoint: "https://h.example", isPathStyle: true)
        try await run(seed, Self.xml, handles: [Self.multipart]) {
            // Even five bytes are copied in parts.
            HuaweiOBSBackend(
                destination: destination, transport: $0, keys: StaticToken(AccessKey(id: "A", secret: "S", sessionToken: "T").token), copyMax: 4)
        }
    }
}
