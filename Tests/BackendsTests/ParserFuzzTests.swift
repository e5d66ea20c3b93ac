import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// Each reader of text from outside, on text that is almost right: nothing traps, and what is read is sound.
@Suite(.timeLimit(.minutes(20))) struct ParserFuzzTests {
    private static let rounds = 3000

    private func fuzz(_ seed: UInt64, _ samples: [String], _ body: (String, [UInt8]) -> Void) {
        var mutator = Mutator(seed: seed)
        for _ in 0..<Self.rounds {
            let bytes = mutator.bytes(like: samples)
            body(String(decoding: bytes, as: UTF8.self), bytes)
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func headers(_ seed: UInt64) {
        fuzz(seed, ["bytes=0-262143", "bytes=0-0"]) { text, _ in
            if let end = try? ContentRange.acknowledged(text) { #expect(end >= 0, "seed \(seed): \(text)") }
        }
        let dates = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "120"]
        fuzz(seed, dates) { text, _ in
            if let date = HTTPDate.parse(text) { #expect(HTTPDate.parse(HTTPDate.text(date)) == date, "seed \(seed): \(text)") }
            if let wait = RetryAfter.parse(["Retry-After": text]) { #expect(wait >= .zero && wait < .seconds(1_000_000_000), "seed \(seed)") }
        }
        fuzz(seed, ["2026-08-01T01:00:00Z", "2026-08-01T01:00:00.000000Z", "2026-08-01T03:00:00+02:00"]) { text, _ in
            if let date = RFC3339.parse(text) { #expect(HTTPDate.years.contains(date), "seed \(seed): \(text)") }
        }
        fuzz(seed, ["crc32c=4waSgw==,md5=AAAA", "\"900150983cd24fb0d6963f7d28e17f72\"", "11051210869376104954"]) { text, _ in
            let answer = HTTPResponse(.ok, headers: ["x-goog-hash": text, OBSWire.crc64Header: text], text: "")
            #expect(GoogleHash.crc32c(in: answer)?.bytes.count ?? 4 == 4, "seed \(seed): \(text)")
            #expect(OBSChecksum.digest(in: answer)?.bytes.count ?? 8 == 8, "seed \(seed): \(text)")
            #expect(ETag.md5(text)?.bytes.count ?? 16 == 16, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func xmlDocuments(_ seed: UInt64) {
        let samples = [
            "<?xml version=\"1.0\"?><!-- c --><n:List xmlns:n='x'><Item a = \"1>2\">a &amp; b&#x21;&#33;</Item><Empty/><![CDATA[<c>]]></n:List>",
            "<A><B>1</B><C/></A>",
        ]
        fuzz(seed, samples) { text, bytes in
            guard let root = try? XMLReader.read(bytes) else { return }
            // What is read can be written; reading that again gives the same, as far as names can be names.
            if let again = try? XMLReader.read(root.serialized.utf8) { #expect(again == root, "seed \(seed): \(text)") }
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func storedHandlesAndVersions(_ seed: UInt64) {
        let multipart = MultipartHandle(id: "U/1", key: ObjectKey("p/o"), hasOpaqueTags: true).text
        let box = BoxSessionHandle(
            part: "https://upload.box.com/p", list: "https://upload.box.com/l", commit: "https://upload.box.com/c", abort: "https://upload.box.com/a",
            etag: nil
        ).text
        fuzz(seed, [multipart, box]) { text, _ in
            let session = UploadSession(handle: text, expiresAt: nil, partSize: 5)
            if let handle = try? MultipartHandle(session) {
                #expect((try? MultipartHandle(UploadSession(handle: handle.text, expiresAt: nil))) == handle, "seed \(seed): \(text)")
            }
            if let handle = try? BoxSessionHandle(session) {
                #expect((try? BoxSessionHandle(UploadSession(handle: handle.text, expiresAt: nil))) == handle, "seed \(seed): \(text)")
            }
        }
        fuzz(seed, ["1 r", "12/3", "etag/token", "7"]) { text, _ in
            if let version = BoxVersion(text) { #expect(BoxVersion(version.text) == version, "seed \(seed): \(text)") }
            if let version = try? DriveVersion(text) { #expect((try? DriveVersion(version.text)) == version, "seed \(seed): \(text)") }
            _ = OBSVersion(text).text
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func pathsTemplatesAndDestinations(_ seed: UInt64) {
        let document = JSONDocument.object(["a": .array([.object(["b": .integer(1)]), .null])])
        fuzz(seed, ["picture.size", "items[-1].id", "a[0].b", "[9223372036854775807]", "a[-9223372036854775808]"]) { text, _ in
            _ = (try? JSONPath(text))?.value(in: document)
        }
        let values = MetadataTemplate.Values(path: "d/a", size: .max, contentType: "text/plain", modified: .min, metadata: ["weight": "1e999"])
        fuzz(seed, [#"{"name":"{name}","t":["{modifiedTime}",1],"m":"{meta}","w":"{meta.weight|number}","s":"{size|number} {{}}"}"#]) { text, _ in
            guard let template = try? MetadataTemplate(text) else { return }
            #expect((try? JSONDocument(parsing: Data(template.rendered(values).utf8))) != nil, "seed \(seed): \(text)")
        }
        let destinations = [
            "gs://bucket/prefix", "gdrive://root/a", "box://0/a", "obs://bucket/a", "google+https://h/upload/x?a=b", "https://h:443/",
            "http://[::1]:80",
        ]
        fuzz(seed, destinations) { text, _ in
            _ = try? GoogleStorageDestination(text)
            _ = try? DriveDestination(text, endpoint: text)
            _ = try? BoxDestination(text, endpoint: text)
            _ = try? OBSDestination(text, endpoint: text, region: nil, pathStyle: false)
            _ = try? MediaMethodDestination(text, endpoint: nil).endpoint
            _ = RequestURL(text)?.redacted
            _ = try? ProxyRules(environment: ["http_proxy": text, "no_proxy": text])
        }
        fuzz(seed, ["8M", "1.5 GiB", "00ff", "9223372036854775807T"]) { text, _ in
            if let size = ByteSize.parse(text) { _ = ByteSize.format(size) }
            _ = ContentDigest(algorithm: .md5, hex: text)
        }
    }
}
