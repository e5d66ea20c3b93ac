import Testing
import UploadCore

@testable import Backends

@Suite struct HuaweiOBSDestinationTests {
    private func make(
        _ text: String, endpoint: String? = nil, region: String? = "cn-north-4", pathStyle: Bool = false
    ) throws -> OBSDestination {
        try OBSDestination(text, endpoint: endpoint, region: region, pathStyle: pathStyle)
    }

    @Test func theRegionNamesTheService() throws {
        let destination = try make("obs://my.bucket/a/b/")
        #expect(
            destination
                == OBSDestination(
                    bucket: "my.bucket", prefix: "a/b", endpoint: "https://obs.cn-north-4.myhuaweicloud.com", isPathStyle: false))
        #expect(destination.url == "obs://my.bucket/a/b")
        #expect(try make("OBS://bkt").url == "obs://bkt")
    }

    @Test func anEndpointBeatsTheRegion() throws {
        let destination = try make("obs://bkt", endpoint: "http://obs.example:8080/", pathStyle: true)
        #expect(destination.endpoint == "http://obs.example:8080" && destination.isPathStyle)
    }

    @Test(arguments: ["http://127.0.0.1:9000", "https://10.0.0.1", "http://[::1]:80"])
    func anAddressHasNoNamesBelowIt(_ endpoint: String) throws {
        #expect(try make("obs://bkt", endpoint: endpoint).isPathStyle)
    }

    @Test(arguments: ["obs:///x", "obs://ab", "obs://Bucket", "obs://under_score", "obs://-bkt", "s3://bkt"])
    func whatIsNoDestinationIsRefused(_ text: String) {
        #expect(throws: DestinationError.self) { try make(text) }
    }

    @Test func aServiceHasToBeNamed() {
        let error = #expect(throws: DestinationError.self) { try make("obs://bkt", region: nil) }
        #expect(error?.sentence == "an OBS destination needs the option region=NAME or endpoint=URL")
        #expect(throws: DestinationError.self) { try make("obs://bkt", region: "a/b") }
        for endpoint in ["obs.example", "ftp://obs.example", "https://obs.example/path", "https://obs.example?x=y"] {
            #expect(throws: DestinationError.self) { try make("obs://bkt", endpoint: endpoint) }
        }
    }

    @Test func unknownOptionsAreRefused() {
        #expect(throws: DestinationError.self) { try OBSOptions(storageClass: "STANDARD_IA") }
        #expect(throws: DestinationError.self) { try OBSOptions(accessList: "everyone") }
        #expect(throws: DestinationError.self) { try OBSOptions(expiresDays: 0) }
        #expect(throws: DestinationError.self) { try OBSOptions(encryption: .kms(keyID: "a b")) }
    }

    @Test func namesTheServiceCanNotHoldAreRefused() throws {
        #expect(try OBSKey.make(SpoolPath("dir/a b"), prefix: "p").text == "p/dir/a b")
        for name in [String(repeating: "x", count: 1025), "a\nb", ""] {
            let error = #expect(throws: UploadError.self) { try OBSKey.make(SpoolPath(name), prefix: "") }
            #expect(error?.code == .invalidName)
        }
    }
}
