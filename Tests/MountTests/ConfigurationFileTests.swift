import Foundation
import MountTestSupport
import Testing

/// What a configuration file says reaches the objects, and the command line overrules it.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct ConfigurationFileTests {
    private static let kmsKey = "projects/p/locations/l/keyRings/r/cryptoKeys/k"

    private func withMount(section: String, options: [String] = [], _ body: (TestMount) throws -> Void) throws {
        try TestMount.with(mounted: false) { mount in
            let file = try mount.secretFile("config.toml", "chunk_size = \"1M\"\n\n[destination.\"gs://demo/films\"]\n\(section)\n")
            mount.destination = "gs://demo/films/new"
            mount.options = ["config=\(file)"] + options
            try mount.mount()
            // One that takes one request, and one that takes a session.
            try shell("cd '\(mount.path)' && echo text > small && head -c 9M /dev/urandom > large")
            try mount.waitUntilUploaded()
            try body(mount)
        }
    }

    private func resource(_ name: String, _ mount: TestMount) throws -> String {
        try shell("curl -sSf '\(mount.service.url)/storage/v1/b/demo/o/films%2Fnew%2F\(name)'")
    }

    @Test func theSectionOfTheDestinationHolds() throws {
        let section = "storage_class = \"NEARLINE\"\nkms_key = \"\(Self.kmsKey)\"\ncache_control = \"no-store\"\nacl = \"publicRead\""
        try withMount(section: section, options: ["storage_class=COLDLINE"]) { mount in
            for name in ["small", "large"] {
                let resource = try resource(name, mount)
                #expect(resource.contains(#""storageClass":"COLDLINE""#), "the command line wins")
                #expect(resource.contains(#""kmsKeyName":"\#(Self.kmsKey)/cryptoKeyVersions/1""#))
                #expect(resource.contains(#""cacheControl":"no-store""#))
                #expect(try shell("curl -sSf '\(mount.service.url)/storage/v1/b/demo/o/films%2Fnew%2F\(name)/acl'").contains("allUsers"))
            }
            #expect(try mount.service.counters().objects["demo/films/new/large"]?.requests_by_kind["part"] == 9, "what is general holds, too")
        }
    }

    @Test func objectsAreEncryptedWithTheCustomersKey() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try shell("mkdir '\(directory)' && head -c 32 /dev/urandom > '\(directory)/key' && chmod 600 '\(directory)/key'")
        let key = try Data(contentsOf: URL(filePath: "\(directory)/key")).base64EncodedString()
        try withMount(section: "encryption_key_file = \"\(directory)/key\"") { mount in
            for name in ["small", "large"] {
                let url = "\(mount.service.url)/storage/v1/b/demo/o/films%2Fnew%2F\(name)?alt=media"
                #expect(throws: Failed.self, "without the key") { try shell("curl -sSf '\(url)'") }
                let headers = """
                    -H 'x-goog-encryption-algorithm: AES256' -H 'x-goog-encryption-key: \(key)' \
                    -H "x-goog-encryption-key-sha256: $(openssl dgst -sha256 -binary '\(directory)/key' | base64)"
                    """
                try shell("curl -sSf \(headers) '\(url)' | cmp - '\(mount.file(name))'")
            }
            try shell("mv '\(mount.file("small"))' '\(mount.file("moved"))'")
            try eventually("the new name") { (try? resource("moved", mount).contains("customerEncryption")) ?? false }
            #expect(!(try run(["cat", "\(mount.state)/log"]).output.contains(key)), "the key is in no log")
        }
    }
}
