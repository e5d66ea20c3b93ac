import Credentials
import Foundation
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

@testable import Backends

/// Storage class, keys, cache control and ACL: where they go on the wire, and that the service keeps them.
@Suite struct GoogleStorageOptionsTests {
    static let kmsKey = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    static let keyBytes = Array(UInt8(0)..<32)

    static func withKey() throws -> GoogleStorageOptions {
        try GoogleStorageOptions(encryptionKey: CustomerKey(bytes: keyBytes))
    }

    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.inOrder)
    func conformsWithAKeyOfItsOwn(_ check: BackendConformance.Check) async throws {
        try await TestServerService.run(options: try Self.withKey()) { service in
            try await check.run(on: service)
        }
    }

    // MARK: Requests

    private let session = UploadSession(handle: "https://example.org/up?upload_id=secret", expiresAt: nil)

    private func carriesKey(_ request: HTTPRequest) -> Bool {
        ["algorithm", "key", "key-sha256"].allSatisfy { request.headers["x-goog-encryption-\($0)"].count == 1 }
    }

    /// As google-resumable-media sends its extra headers: with what begins an upload and with every chunk, and not with a question.
    @Test func theKeyGoesWhereContentOrItsDigestGoes() throws {
        let wire = GoogleStorageWire(destination: GoogleStorageDestination(bucket: "demo", prefix: ""), options: try Self.withKey())
        let object = ObjectDescription(key: ObjectKey("a"), size: 9, contentType: "x/y")
        let part = Part(offset: 0, length: 9, isLast: true)
        let digest = BytePattern(size: 9).digest
        #expect(carriesKey(wire.put(object, body: .none, boundary: "b")))
        #expect(carriesKey(wire.begin(object)))
        #expect(carriesKey(wire.send(part, of: object, in: session, body: .none, digest: digest)))
        #expect(carriesKey(wire.commit(session, of: object, digest: digest)))
        #expect(carriesKey(wire.find(object.key)))
        #expect(!carriesKey(wire.probe(session)))
        #expect(!carriesKey(wire.abort(session)))
        #expect(!carriesKey(wire.remove(object.key, version: nil)))
        let copy = wire.rewrite(object.key, version: nil, to: ObjectKey("b"), token: nil)
        #expect(carriesKey(copy))
        #expect(copy.headers["x-goog-copy-source-encryption-key"] == copy.headers["x-goog-encryption-key"])
    }

    /// SHA-256 of the bytes 0 to 31, as sha256sum(1) has it.
    @Test func theKeyIsDescribedByItsDigest() throws {
        let headers = try #require(CustomerKey(bytes: Self.keyBytes)).headers
        #expect(headers["x-goog-encryption-algorithm"] == ["AES256"])
        #expect(headers["x-goog-encryption-key"] == ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])
        #expect(headers["x-goog-encryption-key-sha256"] == ["Yw3NKWbEM2aRElRIu7JbT/QSpJxzLbLIq8G4WBvXEN0="])
    }

    @Test func theKeyIsNeverDescribed() throws {
        let key = try #require(CustomerKey(bytes: Self.keyBytes))
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] { #expect(text.contains("secret")) }
        #expect(!dumped.contains("31"))
    }

    @Test func parametersGoToTheRequestThatBeginsAnUpload() throws {
        let options = try GoogleStorageOptions(
            storageClass: "NEARLINE", kmsKey: Self.kmsKey, cacheControl: "no-store", predefinedACL: "publicRead")
        let wire = GoogleStorageWire(destination: GoogleStorageDestination(bucket: "demo", prefix: ""), options: options)
        var object = ObjectDescription(key: ObjectKey("a"), size: 9, contentType: "x/y")
        let query = "&kmsKeyName=projects%2Fp%2Flocations%2Fl%2FkeyRings%2Fr%2FcryptoKeys%2Fk&predefinedAcl=publicRead"
        #expect(wire.put(object, body: .none, boundary: "b").url.hasSuffix(query))
        #expect(wire.begin(object).url.hasSuffix(query))
        let copy = wire.rewrite(object.key, version: nil, to: ObjectKey("b"), token: nil).url
        #expect(copy.contains("destinationKmsKeyName=") && copy.contains("destinationPredefinedAcl=publicRead"))
        #expect(
            ObjectJSON.describing(object, options, digest: nil)
                == #"{"cacheControl":"no-store","contentType":"x/y","name":"a","storageClass":"NEARLINE"}"#)
        object.storageClass = "COLDLINE"
        #expect(ObjectJSON.describing(object, options, digest: nil).contains(#""storageClass":"COLDLINE""#), "the file's own class wins")
    }

    // MARK: The service

    @Test(arguments: [1000, 700_000])
    func theServiceKeepsWhatWasAskedFor(size: Int64) async throws {
        let options = try GoogleStorageOptions(
            storageClass: "NEARLINE", kmsKey: Self.kmsKey, cacheControl: "no-store", predefinedACL: "publicRead")
        try await TestServerService.run(options: options) { service in
            let key = try await upload(size, to: service)
            try await expectOptions(of: key, service)
            let moved = ObjectKey("base/moved")
            _ = try await service.backend().move(key, version: nil, to: moved)
            try await expectOptions(of: moved, service)
        }
    }

    private func expectOptions(of key: ObjectKey, _ service: TestServerService) async throws {
        let url = "\(service.server.url)/storage/v1/b/demo/o/\(PercentEncoding.encode(key.text))"
        let object = String(buffer: try await service.reader.send(HTTPRequest(.GET, url)).body)
        #expect(object.contains(#""storageClass":"NEARLINE""#), "\(object)")
        #expect(object.contains(#""cacheControl":"no-store""#))
        #expect(object.contains(#""contentType":"x/y""#))
        #expect(object.contains(#""camera":"left""#))
        #expect(object.contains(#""kmsKeyName":"\#(Self.kmsKey)/cryptoKeyVersions/1""#))
        let access = String(buffer: try await service.reader.send(HTTPRequest(.GET, "\(url)/acl")).body)
        #expect(access.contains("allUsers"))
    }

    /// By one request, or by a session where it takes more than 256 KiB.
    private func upload(_ size: Int64, to service: TestServerService) async throws -> ObjectKey {
        let object = ObjectDescription(key: ObjectKey("base/a"), size: size, contentType: "x/y", metadata: ["camera": "left"])
        let pattern = BytePattern(size: size)
        let backend = service.backend()
        if size <= 256 << 10 {
            _ = try await backend.put(object, body: pattern.body, digest: pattern.digest, bodyDigest: nil)
        } else {
            let session = try await backend.begin(object)
            let part = Part(offset: 0, length: size, isLast: true)
            let progress = try await backend.send(part, of: object, in: session, body: pattern.body, digest: pattern.digest)
            guard case .committed = progress else { throw UploadError(.rejected, "\(progress)") }
        }
        return object.key
    }

    @Test func objectsFromBeforeTheKeyAreFoundAndMoved() async throws {
        try await TestServerService.run { plain in
            let key = try await upload(1000, to: plain)
            let backend = GoogleStorageBackend(
                destination: plain.destination, options: try Self.withKey(), transport: plain.transport, tokens: AnonymousTokens())
            #expect(try await backend.find(key)?.size == 1000)
            let moved = try await backend.move(key, version: nil, to: ObjectKey("base/b"))
            #expect(moved.digest == BytePattern(size: 1000).digest)
            #expect(try await plain.backend().find(ObjectKey("base/b"))?.digest == nil, "the copy is encrypted")
            #expect(try await plain.backend().find(key) == nil)
        }
    }

    // MARK: The key's file

    @Test func aKeyIsReadAsBytesOrAsBase64() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let key = try #require(CustomerKey(bytes: Self.keyBytes))
        for content in [Data(Self.keyBytes), Data((Data(Self.keyBytes).base64EncodedString() + "\n").utf8)] {
            #expect(FileManager.default.createFile(atPath: path, contents: content, attributes: [.posixPermissions: 0o600]))
            #expect(try CustomerKey.read(path) == key)
        }
        #expect(FileManager.default.createFile(atPath: path, contents: Data("short".utf8), attributes: [.posixPermissions: 0o600]))
        let wrong = #expect(throws: CredentialsError.self) { try CustomerKey.read(path) }
        #expect(wrong?.sentence.contains("AES-256") == true)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        let open = #expect(throws: CredentialsError.self) { try CustomerKey.read(path) }
        #expect(open?.sentence.contains("other users") == true)
    }
}
