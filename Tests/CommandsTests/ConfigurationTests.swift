import Foundation
import Testing

@testable import Commands

/// The configuration file: what holds for which destination, and how mistakes in it are reported.
struct ConfigurationTests {
    /// A directory with a system's and a user's file, which goes away with it.
    final class Place {
        let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString)").path
        var system: String { directory + "/system.toml" }
        var user: String { directory + "/uploadfs/config.toml" }

        init(system: String? = nil, user: String? = nil, mode: Int = 0o600) throws {
            try FileManager.default.createDirectory(atPath: directory + "/uploadfs", withIntermediateDirectories: true)
            for (path, text) in [(self.system, system), (self.user, user)] {
                guard let text else { continue }
                try Data(text.utf8).write(to: URL(filePath: path))
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }

        func settings(for url: String = "gs://demo/films/new", options: [String] = [], named: String? = nil) throws -> MountSettings {
            let scheme = try DestinationSchemes.scheme(of: url)
            var settings = MountSettings()
            let layers = try ConfigurationFiles.layers(
                for: url, named: named, environment: ["XDG_CONFIG_HOME": directory], system: system)
            for layer in layers { try layer.apply(to: &settings, of: scheme) }
            try MountOptionParser.apply(options, of: scheme, to: &settings)
            return settings
        }

        /// The sentence without the directory's random name.
        func sentence(_ body: (Place) throws -> MountSettings) -> String? {
            do {
                _ = try body(self)
                return nil
            } catch {
                return (error as? CommandFailure)?.sentence.replacingOccurrences(of: directory + "/", with: "")
            }
        }
    }

    @Test func everyTypeOfValueIsRead() throws {
        let place = try Place(
            user: """
                chunk_size = 16_777_216
                parallel_files = 2
                settle = 0.5
                close = "upload"
                hold = ["*.raw", "*.tif"]
                extra_header = "X-A: b"
                allow_other = true
                noexec = true
                uid = 7
                umask = "027"
                x-mine = "ignored"
                """)
        let settings = try place.settings()
        #expect(settings.chunkSize == 16 << 20)
        #expect(settings.parallelFiles == 2)
        #expect(settings.settle == .milliseconds(500))
        #expect(settings.closeWaits && settings.allowOther)
        #expect(settings.hold == DefaultHold.patterns + ["*.raw", "*.tif"])
        #expect(settings.extraHeaders == [.init(name: "X-A", value: "b")])
        #expect(settings.kernelOptions == ["noexec"])
        #expect([settings.owner, settings.umask] == [7, 0o027])
    }

    /// Each place says another one's settings again, but for the one that only it has.
    @Test func theStrongerPlaceWins() throws {
        let place = try Place(
            system: """
                parallel_files = 1
                settle = 1
                chunk_size = "1M"
                uid = 1
                gid = 1
                [destination."gs://demo"]
                chunk_size = "3M"
                uid = 3
                gid = 3
                """,
            user: """
                settle = 2
                chunk_size = "2M"
                uid = 2
                gid = 2
                [destination."gs://demo"]
                uid = 4
                gid = 4
                """)
        let settings = try place.settings(options: ["gid=5"])
        #expect(settings.parallelFiles == 1)
        #expect(settings.settle == .seconds(2))
        #expect(settings.chunkSize == 3 << 20)
        #expect(settings.owner == 4)
        #expect(settings.group == 5)
    }

    @Test(arguments: [
        ("gs://demo/films/new/x", "NEARLINE"), ("gs://demo/films/new", "NEARLINE"), ("gs://demo/films/newer", "COLDLINE"),
        ("GS://demo/films/", "COLDLINE"), ("gs://demo/filmstar", "ARCHIVE"), ("gs://demo", "ARCHIVE"), ("gs://other", "STANDARD"),
    ])
    func theLongestPrefixWins(url: String, storageClass: String) throws {
        let place = try Place(
            user: """
                [destination."gs://demo/films"]
                storage_class = "COLDLINE"
                [destination."gs://demo/films/new/"]
                storage_class = "NEARLINE"
                [destination."gs://demo"]
                storage_class = "ARCHIVE"
                [destination."gs://"]
                storage_class = "STANDARD"
                """)
        #expect(try place.settings(for: url).service["storage_class"] == storageClass)
    }

    @Test(arguments: [("gs://demo/\u{E9}/\u{301}x", "COLDLINE"), ("gs://demo/e\u{301}/x", "NEARLINE"), ("gs://demo/e\u{301}\u{301}", nil)])
    func prefixesAreComparedByTheirBytes(url: String, storageClass: String?) throws {
        let place = try Place(
            user: """
                [destination."gs://demo/\u{E9}"]
                storage_class = "COLDLINE"
                [destination."gs://demo/e\u{301}"]
                storage_class = "NEARLINE"
                """)
        #expect(try place.settings(for: url).service["storage_class"] == storageClass)
    }

    @Test func aFlagCanBeTurnedOffAgain() throws {
        let place = try Place(
            user: """
                allow_other = true
                noexec = true
                [destination."gs://demo"]
                allow_other = false
                noexec = false
                """)
        let settings = try place.settings()
        #expect(!settings.allowOther)
        #expect(settings.kernelOptions.isEmpty)
    }

    @Test(arguments: [
        ("a = 1\n\nchnuk_size = 1", "uploadfs/config.toml:1: unknown option 'a'; did you mean"),
        ("uid = 1\n\nchnuk_size = 1", "uploadfs/config.toml:3: unknown option 'chnuk_size'; did you mean 'chunk_size'?"),
        (
            "[destination.\"gs://x\"]\nuid = 1\n [ destination . \"gs://demo\" ]\n# no\n  \"kms-key\" = \"\"",
            "uploadfs/config.toml:5: unknown option 'kms-key'; did you mean 'kms_key'?"
        ),
        ("allow_other = \"yes\"", "uploadfs/config.toml:1: the option allow_other must be true or false, not a string"),
        ("endpoint = 1", "uploadfs/config.toml:1: the option endpoint must be a string in quotes, not a number"),
        ("parallel_files = \"4\"", "uploadfs/config.toml:1: the option parallel_files must be a number without quotes, not a string"),
        (
            "chunk_size = true",
            "uploadfs/config.toml:1: the option chunk_size must be a number of bytes, or a string such as \"8M\", not true or false"
        ),
        ("hold = [1]", "uploadfs/config.toml:1: the option hold must be a string in quotes, or a list of strings, not a number"),
        ("\n[close]\nx = 1", "uploadfs/config.toml:2: the option close must be a string in quotes, not a table"),
        ("settle = 1979-05-27", "uploadfs/config.toml:1: the option settle must be a number without quotes, not a date or time"),
        ("\nparallel_files = 0", "uploadfs/config.toml:2: the option parallel_files must be a whole number from 1 to 64, not '0'"),
        ("spool_max = \"1G\"", "uploadfs/config.toml:1: the option spool_max is not supported yet"),
        ("config = \"x\"", "uploadfs/config.toml:1: a configuration file cannot name another one"),
        ("uid = 1\ndestination = 1", "uploadfs/config.toml:2: a section for destinations must be written [destination.\"gs://BUCKET/PREFIX\"]"),
        ("[destination]\nuid = 1", "uploadfs/config.toml:2: a section for destinations must be written [destination.\"gs://BUCKET/PREFIX\"]"),
        ("[destination.\"gx://demo\"]", "uploadfs/config.toml:1: unknown scheme 'gx'; did you mean 'gs'?"),
        ("uid = 1\n[,]", "uploadfs/config.toml:2: invalid TOML: the name of a section is malformed"),
        ("\n [[ é]]", "uploadfs/config.toml:2: invalid TOML: the name of a section is malformed"),
        ("uid = 1\nuid =", "uploadfs/config.toml:2: invalid TOML: "),
    ])
    func mistakesAreNamedWithTheirLine(text: String, sentence: String) throws {
        let reported = try Place(user: text).sentence { try $0.settings() }
        #expect(reported?.hasPrefix(sentence) == true, "\(reported ?? "nothing")")
    }

    @Test func bracketsInStringsAndArraysAreNoSections() throws {
        let text = #"""
            metadata = """
            [{"a": "\""}]
            [,]
            """
            cache_control = '''
            [,] " '''
            # [,] ' "
            hold = [ # [,]
              "[,]", '[,]',
            [] ]
            query = "a\"[,]\n"
            [ "destination" . 'gs://b' ]
            acl = "[,"
            """#
        let file = try ConfigurationFile(path: "f", text: text)
        #expect(file.general.map(\.name).sorted() == ["cache_control", "hold", "metadata", "query"])
        #expect(file.sections.map(\.prefix) == ["gs://b"])
    }

    /// The general part is for all destinations, so it may have what only some of them know.
    @Test func optionsOfOtherServicesHoldForThoseOnly() throws {
        let entry = ConfigurationFile.Entry(name: "kms_key", value: .text("x"), line: 4)
        var settings = MountSettings()
        try SettingsLayer(file: "f", entries: [entry], isGeneral: true).apply(to: &settings, of: .box)
        #expect(settings == MountSettings())
        #expect(throws: CommandFailure(.configuration, "f:4: kms_key is not an option of box://; it is an option of gs:// and obs://")) {
            try SettingsLayer(file: "f", entries: [entry], isGeneral: false).apply(to: &settings, of: .box)
        }
    }

    @Test func aFileWithSecretsThatOthersCanReadIsRefused() throws {
        let text = "uid = 1\nextra_header = [\"X-Key: abc\"]"
        let reported = try Place(user: text, mode: 0o644).sentence { try $0.settings() }
        #expect(
            reported
                == "uploadfs/config.toml:2: extra_header is a secret, but other users can read this file; "
                + "run: chmod 600 uploadfs/config.toml")
        #expect(try Place(user: text, mode: 0o600).settings().extraHeaders.count == 1)
        #expect(try Place(user: "uid = 1", mode: 0o644).settings().owner == 1)
    }

    @Test func aNamedFileIsTheOnlyOneAndMustBeThere() throws {
        let place = try Place(system: "uid = 1", user: "gid = 1")
        let settings = try place.settings(named: place.user)
        #expect(settings.owner == nil && settings.group == 1)
        #expect(
            place.sentence { try $0.settings(named: $0.directory + "/none") }
                == "the configuration file none cannot be read: No such file or directory")
        #expect(place.sentence { try $0.settings(named: $0.directory + "/uploadfs") } == "uploadfs is not a configuration file")
    }

    @Test func withoutFilesTheDefaultsHold() throws {
        #expect(try Place().settings() == MountSettings())
    }
}
