import Foundation
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// Empty objects whose description leaves out the size, as the JSON form of protocol buffers leaves out every 0.
@Suite struct OmittedSizeTests {
    @Test(arguments: [#"{"id":"b/a/7","generation":"7"}"#, #"{"generation":"7","crc32c":"AAAAAA=="}"#, #"{"id":"b/a/7","size":"0"}"#])
    func anObjectOfCloudStorageIsEmpty(_ text: String) throws {
        #expect(try ObjectJSON.object(in: HTTPResponse(.ok, text: text)).size == 0)
    }

    @Test(arguments: ["{}", #"{"kind":"storage#object"}"#, #"{"id":"b/a/7","size":"x"}"#, #"{"size":"0"}"#])
    func whatIsNoObjectIsNotBelieved(_ text: String) {
        #expect(throws: UploadError.self) { try ObjectJSON.object(in: HTTPResponse(.ok, text: text)) }
    }

    @Test(
        arguments: [
            (#"{"id":"1","headRevisionId":"r"}"#, 0), (#"{"id":"1","md5Checksum":"d41d8cd98f00b204e9800998ecf8427e"}"#, 0),
            (#"{"id":"1","size":"5"}"#, 5), (#"{"id":"1"}"#, nil), (#"{"id":"1","mimeType":"application/vnd.google-apps.folder"}"#, nil),
        ] as [(String, Int64?)])
    func aFileOfDriveIsEmptyWhereItHasContent(_ text: String, _ size: Int64?) throws {
        #expect(try DriveFile(HTTPResponse(.ok, text: text)).object?.size == size)
    }

    @Test func aResourceOfAMediaMethodIsEmptyWhereNothingWasDeclared() throws {
        let wire = MediaMethodWire(
            destination: try MediaMethodDestination("google+https://h/upload/x", endpoint: nil), options: try MediaMethodOptions(sizePath: "a.size"))
        let answer = HTTPResponse(.ok, text: #"{"id":"1","a":{}}"#)
        #expect(try wire.object(in: answer, declared: 0).size == 0)
        #expect(try wire.object(in: answer, declared: nil).size == 0)
        #expect(throws: UploadError.self) { try wire.object(in: answer, declared: 5) }
        #expect(throws: UploadError.self) { try wire.object(in: HTTPResponse(.ok, text: "{}"), declared: 0) }
        #expect(throws: UploadError.self) { try wire.object(in: HTTPResponse(.ok, text: #"{"id":"1","a":{"size":"x"}}"#), declared: 0) }
    }
}
