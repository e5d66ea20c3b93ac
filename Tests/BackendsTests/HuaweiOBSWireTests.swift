import Credentials
import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

@Suite struct HuaweiOBSWireTests {
    private let hosted = OBSDestination(bucket: "bkt", prefix: "p", endpoint: "https://obs.r.myhuaweicloud.com", isPathStyle: false)
    private let initiated = HTTPResponse(.ok, text: "<InitiateMultipartUploadResult><UploadId>U1</UploadId></InitiateMultipartUploadResult>")
    private let pattern = BytePattern(size: 9)

    private func backend(_ transport: RecordingTransport, options: OBSOptions = .none, sessionToken: String? = nil) -> HuaweiOBSBackend {
        let key = AccessKey(id: "AK", secret: "SK", sessionToken: sessionToken)
        return HuaweiOBSBackend(destination: hosted, options: options, transport: transport, keys: StaticToken(key.token))
    }

    private func object(_ size: Int64 = 9) -> ObjectDescription {
        ObjectDescription(
            key: ObjectKey("p/a b"), size: size, contentType: "text/x-test", metadata: ["Colour": "blüe"], reservation: "token-1")
    }

    @Test func aPutSaysWhatTheObjectIs() async throws {
        let transport = RecordingTransport(responses: HTTPResponse(.ok, headers: ["ETag": "\"e1\"", "x-obs-checksum-crc64ecma": "7"], text: ""))
        let options = try OBSOptions(
            storageClass: "WARM", accessList: "public-read", expiresDays: 3, cacheControl: "no-cache", encryption: .kms(keyID: "k1"))
        let made = try await backend(transport, options: options, sessionToken: "TOK").put(
            object(), body: pattern.body, digest: pattern.digest(.crc64), bodyDigest: pattern.digest(.md5))
        let sent = try #require(transport.sent.first)
        #expect(sent.method == .PUT && sent.url == "https://bkt.obs.r.myhuaweicloud.com/p/a%20b")
        let expected = [
            "Content-Type": "text/x-test", "x-obs-acl": "public-read", "x-obs-storage-class": "WARM", "x-obs-expires": "3",
            "Cache-Control": "no-cache", "x-obs-server-side-encryption": "kms", "x-obs-server-side-encryption-kms-key-id": "k1",
            "x-obs-meta-colour": "bl%C3%BCe", "x-obs-meta-uploadfs-token": "token-1", "x-obs-security-token": "TOK",
            "Content-MD5": pattern.digest(.md5).base64,
        ]
        for (name, value) in expected { #expect(sent.headers[name] == [value], "\(name)") }
        #expect(sent.headers.first(name: "Authorization")?.hasPrefix("OBS AK:") == true)
        #expect(Array(sent.body.readableBytesView) == pattern.all)
        let digest = ContentDigest(algorithm: .crc64, bytes: [0, 0, 0, 0, 0, 0, 0, 7])
        #expect(made == RemoteObject(id: nil, version: "e1/token-1", etag: "e1", size: 9, digest: digest, reservation: "token-1"))
    }

    @Test func theChecksumIsANumber() {
        let digest = BytePattern.ofDigits
        #expect(OBSChecksum.text(digest) == "11051210869376104954")
        #expect(OBSChecksum.digest(in: HTTPResponse(.ok, headers: ["X-Obs-Checksum-Crc64ecma": "11051210869376104954"], text: "")) == digest)
    }

    @Test func aKeyOfTheClientsOwnGoesWithWhatTouchesContent() async throws {
        let key = try #require(CustomerKey(bytes: Array(repeating: 7, count: 32)))
        let transport = RecordingTransport { sent throws(UploadError) in
            sent.method == .POST
                ? initiated
                : HTTPResponse(.ok, headers: ["ETag": "\"e\"", "Content-Length": "9"], text: "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")
        }
        let backend = backend(transport, options: try OBSOptions(encryption: .customer(key)))
        var session = try await backend.begin(object())
        session.partSize = 100
        _ = try await backend.send(
            Part(number: 1, offset: 0, length: 9, isLast: true), of: object(), in: session, body: pattern.body, digest: nil)
        _ = try await backend.find(ObjectKey("x"))
        _ = try await backend.move(ObjectKey("x"), version: nil, to: ObjectKey("y"))
        let name = "server-side-encryption-customer-key"
        let carrying = transport.sent.filter { $0.headers.contains(name: "x-obs-\(name)") }
        #expect(carrying.map(\.method) == [.POST, .PUT, .HEAD, .HEAD, .PUT, .HEAD])
        let copy = try #require(transport.sent.first { $0.headers.contains(name: "x-obs-copy-source") })
        #expect(copy.headers["x-obs-copy-source"] == ["/bkt/x"] && copy.headers.contains(name: "x-obs-copy-source-\(name)"))
        #expect(!"\(key)".contains("7"))
    }

    @Test func partsAreListedPageByPage() async throws {
        let page = { (numbers: [Int], next: Int?) in
            let parts = numbers.map {
                "<Part><PartNumber>\($0)</PartNumber><ETag>&quot;900150983cd24fb0d6963f7d28e17f72&quot;</ETag><Size>5</Size></Part>"
            }
            let end = next.map { "<IsTruncated>true</IsTruncated><NextPartNumberMarker>\($0)</NextPartNumberMarker>" } ?? ""
            return HTTPResponse(.ok, text: "<ListPartsResult xmlns=\"http://obs.example/doc/\">\(parts.joined())\(end)</ListPartsResult>")
        }
        let transport = RecordingTransport(responses: page([1, 2], 2), page([4], nil))
        let handle = MultipartHandle(id: "U/1", key: ObjectKey("p/o"), hasOpaqueTags: false)
        let session = UploadSession(handle: handle.text, expiresAt: nil, partSize: 5)
        guard case .parts(let receipts) = try await backend(transport).probe(session, of: object(20)) else {
            Issue.record("no parts")
            return
        }
        #expect(receipts.map(\.number) == [1, 2, 4])
        #expect(receipts.map(\.offset) == [0, 5, 15])
        #expect(receipts[0].token == "900150983cd24fb0d6963f7d28e17f72" && receipts[0].digest?.hex == receipts[0].token)
        #expect(
            transport.sent.map(\.url) == [
                "https://bkt.obs.r.myhuaweicloud.com/p/o?uploadId=U%2F1&max-parts=1000&part-number-marker=0",
                "https://bkt.obs.r.myhuaweicloud.com/p/o?uploadId=U%2F1&max-parts=1000&part-number-marker=2",
            ])
    }

    @Test func aListThatDoesNotGoOnEndsTheProbe() async throws {
        let endless = HTTPResponse(
            .ok, text: "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>0</NextPartNumberMarker></ListPartsResult>")
        let session = UploadSession(
            handle: MultipartHandle(id: "U", key: ObjectKey("o"), hasOpaqueTags: false).text, expiresAt: nil, partSize: 5)
        let error = await #expect(throws: UploadError.self) {
            try await backend(RecordingTransport(responses: endless)).probe(session, of: object())
        }
        #expect(error?.code == .invalidResponse)
    }

    @Test func tagsOfEncryptedPartsAreNoDigests() async throws {
        let encrypted = HTTPResponse(.ok, headers: ["x-obs-server-side-encryption": "kms"], text: String(buffer: initiated.body))
        let session = try await backend(RecordingTransport(responses: encrypted)).begin(object())
        #expect(try MultipartHandle(session).hasOpaqueTags)
    }

    @Test func theCompletionNamesAllParts() async throws {
        let done = HTTPResponse(
            .ok, headers: ["x-obs-checksum-crc64ecma": "5"],
            text: "<CompleteMultipartUploadResult><ETag>\"m-2\"</ETag></CompleteMultipartUploadResult>")
        let transport = RecordingTransport(responses: done)
        let handle = MultipartHandle(id: "U", key: ObjectKey("o"), hasOpaqueTags: false)
        let parts = [1, 2].map { PartReceipt(number: $0, offset: Int64($0 - 1) * 5, length: 5, token: "e\($0)", digest: nil) }
        let answer = try await backend(transport).commit(
            UploadSession(handle: handle.text, expiresAt: nil, partSize: 5), of: object(10), parts: parts, digest: pattern.digest(.crc64))
        let sent = try #require(transport.sent.first)
        let entries = "<Part><PartNumber>1</PartNumber><ETag>e1</ETag></Part><Part><PartNumber>2</PartNumber><ETag>e2</ETag></Part>"
        #expect(sent.text == "<CompleteMultipartUpload>\(entries)</CompleteMultipartUpload>")
        #expect(sent.headers["x-obs-checksum-crc64ecma"] == [OBSChecksum.text(pattern.digest(.crc64))])
        guard case .committed(let object) = answer else {
            Issue.record("not committed")
            return
        }
        #expect(object.size == 10 && object.etag == "m-2")
    }

    @Test func anErrorInsideOfASuccessfulResponseIsOne() async throws {
        let inside = HTTPResponse(.ok, text: "<Error><Code>InternalError</Code><Message>We failed.</Message></Error>")
        let handle = MultipartHandle(id: "U", key: ObjectKey("o"), hasOpaqueTags: false)
        let error = await #expect(throws: UploadError.self) {
            try await backend(RecordingTransport(responses: inside)).commit(
                UploadSession(handle: handle.text, expiresAt: nil, partSize: 5), of: object(), parts: [], digest: pattern.digest(.crc64))
        }
        #expect(error?.code == .serverFault)
    }

    @Test func anAbortIsRepeatedUntilTheUploadIsGone() async throws {
        let listed = HTTPResponse(.ok, text: "<ListPartsResult></ListPartsResult>")
        let gone = HTTPResponse(.notFound, text: "<Error><Code>NoSuchUpload</Code></Error>")
        let session = UploadSession(
            handle: MultipartHandle(id: "U", key: ObjectKey("o"), hasOpaqueTags: false).text, expiresAt: nil, partSize: 5)
        let slow = RecordingTransport(responses: HTTPResponse(.noContent, text: ""), listed, HTTPResponse(.noContent, text: ""), gone)
        try await backend(slow).abort(session)
        #expect(slow.sent.map(\.method) == [.DELETE, .GET, .DELETE, .GET])
        let never = RecordingTransport { sent throws(UploadError) in sent.method == .GET ? listed : HTTPResponse(.noContent, text: "") }
        let error = await #expect(throws: UploadError.self) { try await backend(never).abort(session) }
        #expect(error?.disposition == .transient)
    }

    @Test func whatAHeaderCanNotHoldIsRefused() async throws {
        let backend = backend(RecordingTransport())
        var odd = object()
        odd.contentType = "text/plain\r\nx-obs-acl: public-read"
        await #expect(throws: UploadError.self) { try await backend.begin(odd) }
        odd = object()
        odd.storageClass = "NEARLINE"
        await #expect(throws: UploadError.self) { try await backend.begin(odd) }
        odd = object()
        odd.metadata = ["Uploadfs-Token": "mine"]
        await #expect(throws: UploadError.self) { try await backend.begin(odd) }
    }

    @Test func aVersionIsReadAsItWasWritten() {
        for version in [OBSVersion(etag: "e-3", token: "t"), OBSVersion(etag: "e", token: nil)] {
            #expect(OBSVersion(version.text) == version)
        }
    }
}

extension BytePattern {
    /// That of "123456789", which Huawei's client computes, too.
    fileprivate static var ofDigits: ContentDigest {
        var running = RunningDigest(.crc64)
        Array("123456789".utf8).withUnsafeBytes { running.update($0) }
        return running.digest
    }
}
