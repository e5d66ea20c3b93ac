import Credentials
import HTTPTransport
import NIOConcurrencyHelpers
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// Lists whose pages would never end: each ends with a clear error, after few requests.
@Suite(.timeLimit(.minutes(20))) struct EndlessListTests {
    private func box(_ transport: RecordingTransport) -> BoxBackend {
        BoxBackend(destination: BoxDestination(folderID: "0"), transport: transport, tokens: StaticToken("t"))
    }

    private func drive(_ transport: RecordingTransport) -> DriveClient {
        DriveClient(
            wire: DriveWire(endpoint: "https://drive.example"),
            bearer: BearerTransport(transport: transport, tokens: StaticToken("t"), hosts: ServiceHosts("https://drive.example")),
            faults: GoogleFaults(missing: UploadError(.noSuchBucket, "gone")))
    }

    private func obs(_ transport: RecordingTransport) -> HuaweiOBSBackend {
        HuaweiOBSBackend(
            destination: OBSDestination(bucket: "bkt", prefix: "", endpoint: "https://obs.example", isPathStyle: true), transport: transport,
            keys: StaticToken(AccessKey(id: "A", secret: "S").token))
    }

    private func expectEnd(_ transport: RecordingTransport, requests: Int, _ body: () async throws -> Void) async {
        let error = await #expect(throws: UploadError.self) { try await body() }
        #expect(error?.code == .invalidResponse && error?.sentence.hasPrefix("malformed response: ") == true, "\(error?.sentence ?? "")")
        #expect(transport.sent.count <= requests)
    }

    // MARK: Cloud Storage

    @Test func aCopyDoesNotAdvance() async {
        let transport = RecordingTransport(
            responses: HTTPResponse(.ok, text: #"{"done":false,"rewriteToken":"t","totalBytesRewritten":"1048576"}"#))
        let backend = GoogleStorageBackend(
            destination: GoogleStorageDestination(bucket: "bkt", prefix: "", endpoint: "https://gs.example"), transport: transport,
            tokens: StaticToken("t"))
        await expectEnd(transport, requests: 101) { _ = try await backend.move(ObjectKey("a"), version: "1", to: ObjectKey("b")) }
    }

    @Test func aCopyThatAdvancesUnderOneTokenGoesOn() async throws {
        let count = NIOLockedValueBox(0)
        let transport = RecordingTransport { _ throws(UploadError) in
            let step = count.withLockedValue { count in
                count += 1
                return count
            }
            return HTTPResponse(
                .ok,
                text: step <= 300
                    ? #"{"done":false,"rewriteToken":"t","totalBytesRewritten":"\#(step << 20)"}"#
                    : #"{"done":true,"resource":{"generation":"7","size":"5"}}"#)
        }
        let backend = GoogleStorageBackend(
            destination: GoogleStorageDestination(bucket: "bkt", prefix: "", endpoint: "https://gs.example"), transport: transport,
            tokens: StaticToken("t"))
        #expect(try await backend.move(ObjectKey("a"), version: "1", to: ObjectKey("b")).version == "7")
    }

    // MARK: Drive

    /// Many who need an id at once share one request, and all of them get one, or the one failure.
    @Test func manyIDsAtOnceCostOneRequest() async throws {
        let ids = (1...50).map { "\"\($0)\"" }.joined(separator: ",")
        for (answer, isGood) in [(HTTPResponse(.ok, text: "{\"ids\":[\(ids)]}"), true), (HTTPResponse(.ok, text: #"{"ids":[]}"#), false)] {
            let transport = RecordingTransport(responses: answer)
            let source = DriveIDs(client: drive(transport))
            let got = await withTaskGroup(of: String?.self) { group in
                for _ in 0..<50 { group.addTask { try? await source.next() } }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(Set(got.compactMap { $0 }).count == (isGood ? 50 : 0))
            #expect(!isGood || transport.sent.count == 1)
        }
    }

    @Test func driveRepeatsAPageToken() async {
        let transport = RecordingTransport(responses: HTTPResponse(.ok, text: #"{"files":[{"id":"1","name":"a"}],"nextPageToken":"x"}"#))
        await expectEnd(transport, requests: 2) { _ = try await drive(transport).names(in: "f", namesMax: 10_000) }
    }

    @Test func driveGoesRoundInACircleOfTokens() async {
        let transport = RecordingTransport { sent throws(UploadError) in
            HTTPResponse(.ok, text: #"{"files":[],"nextPageToken":"\#(sent.url.contains("pageToken=x") ? "y" : "x")"}"#)
        }
        await expectEnd(transport, requests: 3) { _ = try await drive(transport).names(in: "f", namesMax: 10_000) }
    }

    @Test func driveSendsEmptyPagesWithNewTokensForEver() async {
        let transport = RecordingTransport { sent throws(UploadError) in
            HTTPResponse(.ok, text: #"{"files":[],"nextPageToken":"\#(sent.url.hashValue)"}"#)
        }
        await expectEnd(transport, requests: 1000) { _ = try await drive(transport).names(in: "f", namesMax: 10_000) }
    }

    // MARK: Box

    @Test func boxRepeatsAMarker() async {
        let transport = RecordingTransport { sent throws(UploadError) in
            sent.method == .OPTIONS
                ? HTTPResponse(.conflict, text: #"{"code":"item_name_in_use"}"#) : HTTPResponse(.ok, text: #"{"entries":[],"next_marker":"m"}"#)
        }
        await expectEnd(transport, requests: 3) { _ = try await box(transport).find(ObjectKey("a")) }
    }

    @Test func boxListsTheSamePartsWhateverTheOffset() async {
        let part = #"{"part_id":"p","offset":0,"size":100,"sha1":"00"}"#
        let transport = RecordingTransport(responses: HTTPResponse(.ok, text: #"{"entries":[\#(part)]}"#))
        let session = ForeignNumbersOfBoxTests.session(partSize: 100)
        await expectEnd(transport, requests: 2) { _ = try await box(transport).probe(session, of: ForeignNumbersOfBoxTests.object(1000)) }
    }

    // MARK: XML

    private static func parts(_ numbers: [Int], next: Int?) -> HTTPResponse {
        let parts = numbers.map { "<Part><PartNumber>\($0)</PartNumber><ETag>e</ETag><Size>5</Size></Part>" }.joined()
        let end = next.map { "<IsTruncated>true</IsTruncated><NextPartNumberMarker>\($0)</NextPartNumberMarker>" } ?? ""
        return HTTPResponse(.ok, text: "<ListPartsResult>\(parts)\(end)</ListPartsResult>")
    }

    private let session = UploadSession(
        handle: MultipartHandle(id: "U", key: ObjectKey("o"), hasOpaqueTags: false).text, expiresAt: nil, partSize: 5)
    private let object = ObjectDescription(key: ObjectKey("o"), size: 50, contentType: "text/plain")

    @Test(arguments: [parts([1, 2], next: 2), parts([], next: 0), parts([2, 1], next: 1), parts([1, 1], next: 1)])
    func aListOfPartsDoesNotAdvance(_ answer: HTTPResponse) async {
        let transport = RecordingTransport(responses: answer)
        await expectEnd(transport, requests: 2) { _ = try await obs(transport).probe(session, of: object) }
    }

    @Test(arguments: [Int.min, -1, 0, 10_001, .max])
    func aPartNumberIsOutOfBounds(_ number: Int) async {
        let transport = RecordingTransport(responses: Self.parts([number], next: nil))
        await expectEnd(transport, requests: 1) { _ = try await obs(transport).probe(session, of: object) }
    }

    /// A part beyond the file's last one is none of the file's, and does no harm: it is not among those that are committed.
    @Test func aPartBeyondTheLastIsLeftOut() async throws {
        let transport = RecordingTransport(responses: Self.parts([10, 11, 10_000], next: nil))
        let progress = try await obs(transport).probe(session, of: object)
        #expect(progress == .parts([PartReceipt(number: 10, offset: 45, length: 5, token: "e", digest: nil)]))
    }

    @Test func aListOfUploadsGoesRoundInACircle() async {
        let transport = RecordingTransport { sent throws(UploadError) in
            let id = sent.url.contains("upload-id-marker=1") ? "2" : "1"
            let text =
                "<Upload><Key>o</Key><UploadId>\(id)</UploadId></Upload><IsTruncated>true</IsTruncated>"
                + "<NextKeyMarker>o</NextKeyMarker><NextUploadIdMarker>\(id)</NextUploadIdMarker>"
            let date = HTTPDate.text(.now)
            return HTTPResponse(.ok, headers: ["Date": date], text: "<ListMultipartUploadsResult>\(text)</ListMultipartUploadsResult>")
        }
        let begin = SessionBegin(key: ObjectKey("o"), from: .now)
        await expectEnd(transport, requests: 3) { _ = try await obs(transport).orphanedSessions(begin) }
    }
}
