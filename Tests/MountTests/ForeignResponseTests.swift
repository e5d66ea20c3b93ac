import Foundation
import MountTestSupport
import Testing

/// Responses with numbers that no upload can have: the mount stays, and the file arrives once the service is right again.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct ForeignResponseTests {
    private func service(_ name: String) throws -> TestedService {
        try #require(TestedService.all.first { $0.name == name })
    }

    /// Part sizes that were stored once would end every later mount, too, so the file is mounted again before it arrives.
    @Test(arguments: ["9223372036854775807", "1", "0", "-1"])
    func aPartSizeOfBoxThatCannotBe(_ partSize: String) throws {
        let box = try service("box")
        try box.withMount { mount in
            let names = ["upload_part", "list_parts", "commit", "abort"]
            let urls = names.map { #"\"\#($0)\":\"\#(mount.service.url)/nowhere\""# }.joined(separator: ",")
            let body = #"{\"part_size\":\#(partSize),\"total_parts\":1,\"session_endpoints\":{\#(urls)}}"#
            try mount.service.setFaults(#"[{"kind":"begin","times":null,"action":{"status":201,"body":"\#(body)"}}]"#)
            let source = try mount.randomFile("source", size: box.large)
            try shell("cp '\(source.path)' '\(mount.file("a"))'")
            try eventually("the refusal") { mount.attribute("error", of: "a")?.contains("parts of \(partSize) bytes") == true }
            try mount.killHard()
            try mount.mount()
            try mount.service.clearFaults()
            try mount.waitUntilUploaded("a")
            #expect(try box.checksum(of: "a", mount) == source.checksum)
        }
    }

    @Test(arguments: ["9223372036854775807", "-9223372036854775808", "0", "10001"])
    func aPartNumberInAListThatCannotBe(_ number: String) throws {
        let obs = try service("obs")
        try obs.withMount { mount in
            let part = "<Part><PartNumber>\(number)</PartNumber><ETag>e</ETag><Size>9223372036854775807</Size></Part>"
            let body = "<ListPartsResult>\(part)\(part)</ListPartsResult>"
            try mount.service.setFaults(
                #"[{"kind":"part","action":{"status":500}},{"kind":"probe","times":2,"action":{"status":200,"body":"\#(body)"}}]"#)
            let source = try mount.randomFile("source", size: obs.large)
            try shell("cp '\(source.path)' '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try obs.checksum(of: "a", mount) == source.checksum)
        }
    }
}
