import Testing

@testable import Commands

struct OptionTests {
    private func parse(_ lists: [String], of scheme: DestinationScheme = .googleStorage, isSloppy: Bool = false) throws(CommandFailure)
        -> MountSettings
    {
        try MountOptionParser.parse(lists, of: scheme, isSloppy: isSloppy)
    }

    @Test func listsAreSplitAtCommasAndEscapesTakenAway() {
        let items = OptionList.split(#"a,b=c\,d,,e=f=g,h=\\,i=\*"#)
        #expect(items.map(\.name) == ["a", "b", "e", "h", "i"])
        #expect(items.map(\.value) == [nil, "c,d", "f=g", #"\"#, #"\*"#])
    }

    /// A separator and the combining mark behind it are one Character.
    @Test func valuesMayBeginWithACombiningMark() throws {
        let items = OptionList.split("a=\u{301}b,\u{301}c=\\,\u{301},d")
        #expect(items.map { Array(($0.name + "|" + ($0.value ?? "")).utf8) } == ["a|\u{301}b", "\u{301}c|,\u{301}", "d|"].map { Array($0.utf8) })
    }

    @Test func everyOptionOfAMountIsRead() throws {
        let settings = try parse([
            "endpoint=http://127.0.0.1:1,credentials=/c,state_dir=/s,chunk_size=16M,parallel_files=2,close=upload,fsync=upload",
            "settle=2.5,on_remove=keep,extra_header=X-A: b\\,c,uid=1,gid=2,umask=027,allow_other,default_permissions,ro,noexec,nosuid",
            "parallel_parts=8,keep=all,spool_full=block,passthrough=auto,passthrough=on",
        ])
        #expect(settings.endpoint == "http://127.0.0.1:1")
        #expect(settings.credentials == "/c")
        #expect(settings.stateDirectory == "/s")
        #expect(settings.chunkSize == 16 << 20)
        #expect(settings.parallelFiles == 2)
        #expect(settings.parallelParts == 8)
        #expect(settings.passthrough == .on)
        #expect(settings.closeWaits && settings.fsyncWaits && settings.allowOther && settings.readOnly)
        #expect(settings.settle == .milliseconds(2500))
        #expect(!settings.propagatesRemovals)
        #expect(settings.extraHeaders == [.init(name: "X-A", value: "b,c")])
        #expect([settings.owner, settings.group, settings.umask] == [1, 2, 0o027])
        #expect(settings.kernelOptions == ["noexec", "nosuid"])
    }

    @Test func whatIsNotGivenHasItsDefault() throws {
        let settings = try parse([])
        #expect(settings == MountSettings())
        #expect(settings.chunkSize == nil)
        #expect(settings.parallelFiles == 4)
        #expect(settings.settle == .seconds(1))
        #expect(settings.propagatesRemovals)
    }

    @Test func holdAddsToTheDefaultsAndEmptyClearsThem() throws {
        #expect(try parse(["hold=*.raw"]).hold == DefaultHold.patterns + ["*.raw"])
        #expect(try parse(["hold=,hold=*.raw"]).hold == ["*.raw"])
    }

    @Test func fstabsOwnOptionsAreIgnored() throws {
        let list = "_netdev,nofail,noauto,users,defaults,comment=x,x-systemd.automount,x-systemd.requires=a.service,relatime,rw"
        #expect(try parse([list]) == MountSettings())
    }

    @Test(arguments: [
        ("chnuk_size=8M", "unknown option 'chnuk_size'; did you mean 'chunk_size'?"),
        ("Parallel", "unknown option 'Parallel'; did you mean 'parallel_files'?"),
        ("allow_others", "unknown option 'allow_others'; did you mean 'allow_other'?"),
        ("chunk_size", "the option chunk_size needs a value: chunk_size=SIZE"),
        ("allow_other=1", "the option allow_other takes no value"),
        ("chunk_size=0", "the option chunk_size must be a size such as 8M, not '0'"),
        ("close=never", "the option close must be queue or upload, not 'never'"),
        ("settle=-1", "the option settle must be a number of seconds from 0 to 86400, not '-1'"),
        ("umask=9", "the option umask must be an octal number up to 777, not '9'"),
        ("extra_header=secret", "the option extra_header must be NAME:VALUE, where NAME is a valid header name"),
        ("extra_header=Host:x", "the option extra_header cannot set Host, which uploadfs sets itself"),
        ("state_dir=", "the option state_dir needs a path"),
    ])
    func mistakesAreNamed(list: String, sentence: String) {
        #expect(throws: CommandFailure(.usage, sentence)) { try parse([list]) }
    }

    @Test(arguments: [
        ("bandwidth=1M", "the option bandwidth"), ("spool_max=1G", "the option spool_max"),
        ("spool_full=enospc", "spool_full=enospc"),
        ("keep=none", "keep=none"),
        ("remount", "the option remount"),
    ])
    func whatIsNotBuiltIsRefusedByName(list: String, name: String) {
        #expect(throws: CommandFailure(.unavailable, "\(name) is not supported yet")) { try parse([list]) }
    }

    @Test func theOptionsOfTheServiceAreKeptForIt() throws {
        let settings = try parse(["storage_class=NEARLINE,cache_control=no-store\\, max-age=0,encryption_key_file=/k"])
        #expect(settings.service == ["storage_class": "NEARLINE", "cache_control": "no-store, max-age=0", "encryption_key_file": "/k"])
    }

    @Test func anOptionOfAnotherServiceIsRefusedByName() {
        let sentence = "kms_key is not an option of box://; it is an option of gs:// and obs://"
        #expect(throws: CommandFailure(.usage, sentence)) { try parse(["kms_key=x"], of: .box) }
    }

    @Test func mountingSloppilySkipsUnknownOptionsOnly() throws {
        #expect(try parse(["whatever=1,chunk_size=1M"], isSloppy: true).chunkSize == 1 << 20)
        #expect(throws: CommandFailure.self) { try parse(["chunk_size=x"], isSloppy: true) }
    }

    @Test(arguments: [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("", "abc", 3), ("kitten", "sitting", 3)])
    func distancesBetweenNames(first: String, second: String, distance: Int) {
        #expect(NearestName.distance(first, second) == distance)
        #expect(NearestName.distance(second, first) == distance)
    }
}
