import Foundation
import MountTestSupport
import Testing

/// What is Drive's own, through a mount.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct GoogleDriveTests {
    private let service = TestedService.googleDrive

    @Test(arguments: ["multipart", "part"])
    func aFileThatArrivedCorruptIsSentAgainUnderAnotherID(_ kind: String) throws {
        try service.withMount { mount in
            let source = try mount.randomFile("source", size: kind == "part" ? 5 << 20 : 5000)
            // The last of the parts is the one that is answered with a digest.
            let skip = kind == "part" ? 4 : 0
            try mount.service.setFaults(#"[{"kind":"\#(kind)","skip":\#(skip),"action":{"wrong_crc32c":true}}]"#)
            try shell("cp '\(source.path)' '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try service.checksum(of: "a", mount) == source.checksum)
            #expect(try files(named: "a", mount).count == 1)
        }
    }

    @Test func newContentIsANewRevisionOfTheSameFile() throws {
        try service.withMount { mount in
            var ids: [String] = []
            for text in ["first", "second"] {
                try shell("echo \(text) > '\(mount.file("a"))'")
                try mount.waitUntilUploaded("a")
                ids.append(mount.attribute("remote_id", of: "a") ?? "")
            }
            #expect(ids[0] == ids[1] && !ids[0].isEmpty)
            #expect(try files(named: "a", mount) == [ids[0]])
        }
    }

    @Test func aLostResponseMakesNoSecondFile() throws {
        try service.withMount { mount in
            let source = try mount.randomFile("source", size: 5000)
            try mount.service.setFaults(#"[{"kind":"multipart","action":{"lose_answer":true}}]"#)
            try shell("cp '\(source.path)' '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try service.checksum(of: "a", mount) == source.checksum)
            #expect(try files(named: "a", mount).count == 1)
        }
    }

    /// The ids of the files of a name that are not in the trash.
    private func files(named name: String, _ mount: TestMount) throws -> [String] {
        let listing = try shell(
            """
            curl -sSf -G -H 'Authorization: Bearer test-token' '\(mount.service.url)/drive/v3/files' \
            --data-urlencode "q=name='\(name)' and trashed=false" --data-urlencode 'fields=files/id'
            """)
        struct Answer: Decodable {
            struct File: Decodable { let id: String }
            let files: [File]
        }
        return try JSONDecoder().decode(Answer.self, from: Data(listing.utf8)).files.map(\.id)
    }
}
