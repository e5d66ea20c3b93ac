import Credentials
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore

@testable import Backends

/// The vectors were computed with Huawei's own client, esdk-obs-python 3.26.6.
@Suite struct HuaweiOBSSignatureTests {
    private let key = AccessKey(id: "AKEXAMPLE", secret: "SKEXAMPLE")
    private let date = "Sat, 01 Aug 2026 00:00:00 GMT"
    private let hosted = OBSDestination(bucket: "bkt", prefix: "", endpoint: "https://obs.example.com", isPathStyle: false)
    private let object = ObjectKey("dir/a b+ü.bin")

    private func signature(_ request: OBSRequest, _ key: AccessKey? = nil, at destination: OBSDestination? = nil) -> String? {
        OBSSignature.sign(request, at: destination ?? hosted, with: key ?? self.key, date: date).headers.first(name: "Authorization")
    }

    @Test func aRequestThatBeginsAnUpload() {
        let request = OBSRequest(
            .POST, object, query: [("uploads", nil)],
            headers: ["Content-Type": "application/octet-stream", "x-obs-acl": "private", "x-obs-meta-k": "v"])
        #expect(signature(request) == "OBS AKEXAMPLE:LUaUhI7UAJ+fVxGbLyKTFIJJCoI=")
        let signed = OBSSignature.sign(request, at: hosted, with: key, date: date)
        #expect(signed.url == "https://bkt.obs.example.com/dir/a%20b%2B%C3%BC.bin?uploads")
    }

    /// Computed from the API reference's string to sign. A slash and the combining mark behind it are one Character.
    @Test func aKeyWithCombiningMarksBehindItsSlashes() {
        let request = OBSRequest(.DELETE, ObjectKey("\u{301}x/\u{301}y"))
        #expect(signature(request) == "OBS AKEXAMPLE:12T9ACcMmENpfHH903mGqsoJApY=")
        #expect(OBSSignature.sign(request, at: hosted, with: key, date: date).url == "https://bkt.obs.example.com/%CC%81x/%CC%81y")
    }

    @Test func aPart() {
        let request = OBSRequest(.PUT, object, query: [("partNumber", "1"), ("uploadId", "U1")])
        #expect(signature(request) == "OBS AKEXAMPLE:zGsbfj1nEj/lBbDGqP56OjkH2OE=")
        let turned = OBSRequest(.PUT, object, query: [("uploadId", "U1"), ("partNumber", "1")])
        #expect(signature(turned) == signature(request))
    }

    @Test func aPartWithADigestAndATemporaryKey() {
        let request = OBSRequest(
            .PUT, ObjectKey("o"), query: [("partNumber", "1"), ("uploadId", "U1")],
            headers: ["Content-MD5": "kAFQmDzST7DWlj99KOF/cg==", "x-obs-date": date])
        let temporary = AccessKey(id: "AKEXAMPLE", secret: "SKEXAMPLE", sessionToken: "TOK")
        #expect(signature(request, temporary) == "OBS AKEXAMPLE:8BU1CfIzkgrhhxmwIf01QC+os/A=")
    }

    @Test func aListOfPartsWhoseMarkersAreNotSigned() {
        let request = OBSRequest(
            .GET, ObjectKey("o"), query: [("uploadId", "U1"), ("max-parts", "1000"), ("part-number-marker", "2")])
        #expect(signature(request) == "OBS AKEXAMPLE:RXlAb5kO+I/TclIBqasM+NbbXak=")
    }

    @Test func aBucket() {
        #expect(signature(OBSRequest(.HEAD, nil)) == "OBS AKEXAMPLE:iCZdKifsYsKkIDeRFoaw13FBVKg=")
    }

    @Test func theStringIsThatOfTheReference() {
        let text = OBSSignature.stringToSign(
            .PUT, ["x-obs-meta-b": " v ", "X-Obs-Acl": "private", "Host": "h", "Date": date], "/bkt/o")
        #expect(text == "PUT\n\n\n\(date)\nx-obs-acl:private\nx-obs-meta-b:v\n/bkt/o")
    }

    @Test func pathStyleNamesTheBucketInThePath() {
        let inPath = OBSDestination(bucket: "bkt", prefix: "", endpoint: "http://127.0.0.1:80", isPathStyle: true)
        let request = OBSRequest(.GET, ObjectKey("a/b"), query: [("acl", nil)])
        #expect(OBSSignature.resource(of: request, at: inPath) == "/bkt/a/b?acl")
        #expect(request.url(at: inPath) == "http://127.0.0.1:80/bkt/a/b?acl")
        #expect(OBSSignature.resource(of: OBSRequest(.HEAD, nil), at: inPath) == "/bkt")
        #expect(OBSSignature.resource(of: OBSRequest(.HEAD, nil), at: hosted) == "/bkt/")
        #expect(OBSRequest(.HEAD, nil).url(at: hosted) == "https://bkt.obs.example.com/")
    }
}
